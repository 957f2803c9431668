import postgres from 'postgres'
const sql = postgres('postgresql://postgres:postgres@127.0.0.1:54992/postgres'); console.log(await sql.unsafe(process.argv[2])); await sql.end()
