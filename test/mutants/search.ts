import type { Mutants } from './mutant.ts'

const scripts = 'test/songs/words-of-scripts.test.ts'
const sorted = 'test/songs/search-sorted.test.ts'

/** How words are cut and marked, and searches in an order of their own. */
export const searchMutants: Mutants = {
  'words of other scripts are cut by rules of ours': {
    file: '00_foundation/25_words.sql',
    find: "(octet_length(words) > char_length(words) and words ~ E'[^\\\\u0001-\\\\u02c4]') or ",
    replace: '',
    tests: [scripts],
  },
  'a number inside a word is left in it': {
    file: '00_foundation/25_words.sql',
    find: " or translate(words, '123456789', '000000000') like '%0e0%'",
    replace: '',
    tests: [scripts],
  },
  'a message is marked by another rule than it is found by': {
    file: '30_chat/61_highlights.sql',
    find: '^(?:[A-Za-z]+|[0-9]+)$',
    replace: '^[A-Za-z0-9]+$',
    tests: [scripts],
  },
  'vowel signs end a word that is marked': {
    file: '40_songs/57_search_page.sql',
    find: '\\\\u0859-\\\\u0963\\\\u0966-\\\\u096f',
    replace: '',
    tests: [scripts],
  },
  'words without a blank are marked only where all of them are': {
    file: '40_songs/50_search_query.sql',
    find: "select replace(part::text, ' & ', ' | ')::tsquery",
    replace: 'select part',
    tests: [scripts],
  },
  'a sort takes a place that is no time': {
    file: '40_songs/58_search_songs.sql',
    find: " or (sort = 'newest' and after_place not between -1e17 and 1e17)",
    replace: '',
    tests: [sorted],
  },
  'a sorted search has no song of one’s own': {
    file: '40_songs/56_sorted_search.sql',
    find: 's.created_by = %L and s.visibility',
    replace: 's.created_by is distinct from %L and false and s.visibility',
    tests: [sorted],
  },
  'a sorted page shows what is behind its budget': {
    file: '40_songs/56_sorted_search.sql',
    find: 'where f.name collate "C" < last.name or (f.name = last.name and (f.place < last.place or (f.place = last.place and f.id >= last.id)))',
    replace: 'where true',
    tests: [sorted],
  },
}
