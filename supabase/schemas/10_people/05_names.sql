-- Names that look like a name of the service or of another user.

create function private.letters_key(name text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- Letters of other scripts as those that they look like, those in circles, in squares and of flags too, and no accents.
  return private.fold(translate(
      regexp_replace(normalize(name, nfkd), '[' || private.characters('mark') || E'\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\U000e0000-\\U000e0fff]', '', 'g'),
      'аАαΑɑᴀꓮᎪЬьВвβΒʙᏼꓐᏏсСϲϹᴄꓚᏟⲥԁꓓᎠɗđᏧеЕεΕєЄᴇꓰᎬҽғꓝϜƒɡԍԌɢցᏀꓖһНнΗհʜᎻꓧіІιΙıɪᎥꓲјЈϳյᎫꓙкКκΚᴋᏦꓗӀӏꓡᏞʟмМΜᴍᎷꓟпПΝɴոՈꓠηоОοΟօՕσᴏꓳ'
      '०੦௦๐໐рРρΡᴘᏢꓑԛԚզгГʀᎡꓣᴦѕЅꜱՏᏚꓢтТτΤᴛᎢꓔυսՍᴜꓴѵѴνᴠᏙꓦԝԜωѡᴡᎳꓪшхХχΧꓫуУγΥʏүҮᎽꓬᴢΖᏃꓜ'
      '🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩🅰🅱🅲🅳🅴🅵🅶🅷🅸🅹🅺🅻🅼🅽🅾🅿🆀🆁🆂🆃🆄🆅🆆🆇🆈🆉🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯🇰🇱🇲🇳🇴🇵🇶🇷🇸🇹🇺🇻🇼🇽🇾🇿'
      'ᗩᗷᑕᗪᗴᖴᘜᕼᒍᛕᒪᗰᑎᑭᖇᔕᑌᐯᗯ᙭ΛΔ',
      'aaaaaaaabbbbbbbbbbccccccccddddddeeeeeeeeeeffffggggggghhhhhhhhiiiiiiiijjjjjjkkkkkkklllllmmmmmmnnnnnnnnooooooooo'
      'ooooopppppppqqqrrrrrrsssssstttttttuuuuuvvvvvvwwwwwwwwxxxxxyyyyyyyyyzzzz'
      'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'
      'abcdefghjklmnprsuvwxaa'));
end
$$;
comment on function private.letters_key is 'A name in Latin letters.';

create function private.reserved_key(name text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- Digits as the letters that they are written for, and those alike that look alike.
  return replace(replace(replace(translate(private.letters_key(name), '01345|!@$i', 'oleasllasl'), 'rn', 'm'), 'vv', 'w'), 'cl', 'd');
end
$$;
comment on function private.reserved_key is 'The Latin letters that a name looks like at a glance; reserved words are compared by this key.';

create function private.handle_key(handle text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- As it is shown: a capital I looks like an l and a small i does not, so that Ciara and Clara can both be here.
  -- A w as two v, for vvv is both vw and wv.
  return replace(replace(lower(translate(handle, 'I1O0', 'lloo')), 'rn', 'm'), 'w', 'vv');
end
$$;
comment on function private.handle_key is 'The key of handles that look alike: 0 and O, 1, l and I, rn and m, vv and w are the same.';

create table private.reserved_words (
  word text primary key,
  kind text not null,
  key text collate "C" not null generated always as (regexp_replace(private.reserved_key(word), '[^[:alnum:]]+', '', 'g')) stored,
  constraint reserved_words_key_check check (key <> ''),
  constraint reserved_words_kind_check check (kind in ('anywhere', 'combined', 'alone', 'filler'))
);
comment on table private.reserved_words is
  'Words that look like a name of the service. The owner of a project adds the name of the app by SQL.';
comment on column private.reserved_words.kind is
  'anywhere: refused as a word of any name; combined: refused in a name of reserved words only, and two of them in any name; '
  'alone: refused as the whole name; filler: a word that counts only beside those.';

insert into private.reserved_words (word, kind) values
  ('admin', 'anywhere'), ('admins', 'anywhere'), ('administrator', 'anywhere'), ('administrador', 'anywhere'), ('administradora', 'anywhere'),
  ('administrators', 'anywhere'), ('administradores', 'anywhere'), ('superadmin', 'anywhere'), ('sysadmin', 'anywhere'), ('superuser', 'anywhere'),
  ('administracion', 'anywhere'), ('administration', 'anywhere'), ('moderadores', 'anywhere'), ('moderator', 'anywhere'), ('moderators', 'anywhere'), ('moderador', 'anywhere'), ('moderadora', 'anywhere'),
  ('official', 'combined'), ('oficial', 'combined'), ('security', 'combined'), ('seguridad', 'combined'), ('staff', 'combined'),
  ('support', 'combined'), ('soporte', 'combined'), ('suporte', 'combined'), ('moderacion', 'combined'), ('moderation', 'combined'), ('system', 'combined'), ('sistema', 'combined'), ('tertulia', 'combined'),
  ('billing', 'combined'), ('facturacion', 'combined'), ('helpdesk', 'combined'), ('mods', 'combined'), ('mod team', 'combined'),
  ('customer service', 'combined'), ('servicio al cliente', 'combined'), ('atencion al cliente', 'combined'),
  ('about', 'alone'), ('anonymous', 'alone'), ('api', 'alone'), ('everyone', 'alone'), ('help', 'alone'), ('me', 'alone'), ('null', 'alone'),
  ('root', 'alone'), ('settings', 'alone'), ('undefined', 'alone'),
  -- Mailboxes that a service must have (RFC 2142), and words that mention everyone.
  ('abuse', 'alone'), ('ayuda', 'alone'), ('channel', 'alone'), ('contact', 'alone'), ('contacto', 'alone'),
  ('donotreply', 'alone'), ('here', 'alone'), ('hostmaster', 'alone'), ('info', 'alone'), ('mod', 'alone'),
  ('noreply', 'alone'), ('owner', 'alone'), ('postmaster', 'alone'), ('sudo', 'alone'), ('todos', 'alone'), ('verified', 'alone'),
  ('verificado', 'alone'), ('webmaster', 'alone'), ('www', 'alone'),
  ('account', 'filler'), ('alert', 'filler'), ('app', 'filler'), ('bot', 'filler'), ('center', 'filler'), ('client', 'filler'),
  ('cliente', 'filler'), ('customer', 'filler'), ('member', 'filler'), ('message', 'filler'), ('tech', 'filler'), ('technical', 'filler'),
  ('tecnica', 'filler'), ('tecnico', 'filler'), ('cuenta', 'filler'), ('de', 'filler'), ('desk', 'filler'),
  ('el', 'filler'), ('equipo', 'filler'), ('la', 'filler'), ('of', 'filler'), ('real', 'filler'), ('service', 'filler'),
  ('servicio', 'filler'), ('team', 'filler'), ('the', 'filler'), ('user', 'filler');

create function private.is_reserved_name(name text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  parts text;
  strong text;
  bare text := regexp_replace(name, '^[0-9]+|[0-9]+$', '', 'g');
  written text;
  squashed text;
begin
  select string_agg(r.key, '|' order by r.key), string_agg(r.key, '|' order by r.key) filter (where r.kind in ('anywhere', 'combined'))
  into parts, strong
  from private.reserved_words r;
  -- With the digits around it and without them; AdminPedro is also two words.
  foreach written in array array[name, bare, regexp_replace(bare, '([[:lower:]])([[:upper:]])', E'\\1 \\2', 'g')] loop
    written := private.reserved_key(written);
    squashed := regexp_replace(written, '[^[:alnum:]]+', '', 'g');
    if squashed ~ ('^(?:' || parts || ')+$') and squashed ~ strong
      or exists (
        select
        from private.reserved_words r
        where r.key = squashed and r.kind <> 'filler'
          -- Of a few letters each counts: APL and 4pi are not api.
          and (char_length(r.key) > 3 or r.kind = 'anywhere'
            or regexp_replace(private.letters_key(name), '[^[:alnum:]]+', '', 'g') ~ ('^' || private.letters_key(r.word) || '[0-9]*$'))
      )
      -- One reserved word, or two words that look reserved only together: Ana (Tertulia Support).
      or (
        select bool_or(r.kind = 'anywhere') or count(distinct r.key) filter (where r.kind = 'combined') > 1
        from regexp_split_to_table(written, '[^[:alnum:]]+') as token
        join private.reserved_words r on r.key = token collate "C"
      )
      or exists (
        select from private.reserved_words r where r.kind = 'anywhere' and r.word ~ '[[:alnum:]][^[:alnum:]]+[[:alnum:]]' and strpos(squashed, r.key) > 0
      )
    then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function private.is_reserved_name is 'Whether a handle or a display name looks like a name of the service, in any script.';

revoke all on private.reserved_words from public, anon, authenticated, service_role;
revoke execute on function
  private.letters_key(text),
  private.reserved_key(text),
  private.handle_key(text),
  private.is_reserved_name(text)
from public, anon, authenticated, service_role;
-- An index is updated by the role that writes the row.
grant execute on function private.handle_key(text) to service_role;
