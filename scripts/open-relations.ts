/**
 * The tables and views that API roles may select from, by role. Every row of each is public. All others are closed, because
 * `Prefer: count=planned` answers from statistics that policies do not filter. docs/security/reading-tables.md says why for each.
 */
export const openRelations: Record<string, string[]> = {
  payment_methods: ['authenticated'],
  popular_tags: ['anon', 'authenticated'],
  software: ['authenticated'],
  tag_categories: ['anon', 'authenticated'],
}
