/** The people of `supabase/seed.sql`. */
export const accounts = [
  { name: 'Ana Ruiz', email: 'ana@example.com', from: 'Valparaíso' },
  { name: 'Bento Carvalho', email: 'bento@example.com', from: 'Recife' },
  { name: 'Clara Whitfield', email: 'clara@example.com', from: 'Galway' },
  { name: 'Diego Quispe', email: 'diego@example.com', from: 'Cusco' },
  { name: 'Inês Duarte', email: 'ines@example.com', from: 'Lisboa' },
  { name: 'Joe Hallam', email: 'joe@example.com', from: 'Ohio' },
] as const

export const accountPassword = 'tertulia-demo'
