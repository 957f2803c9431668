begin;
select plan(5);

select has_index('public', 'songs', 'songs_created_by_created_at_id_idx', array['created_by', 'created_at', 'id'],
  'an owner''s songs are read in order of time');
select has_index('public', 'songs', 'songs_visibility_created_at_id_idx', array['visibility', 'created_at', 'id'],
  'so are the public ones');
select has_index('public', 'songs', 'songs_search_vector_idx', array['search_vector', 'search_terms'], 'words lead to songs');
select index_is_type('public', 'songs', 'songs_search_vector_idx', 'gin', 'by an inverted index');
select has_index('public', 'song_chords', 'song_chords_chord_name_song_id_idx', array['chord_name', 'song_id'],
  'a chord leads to its songs');

select * from finish();
rollback;
