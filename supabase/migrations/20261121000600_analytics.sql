-- Analytics: a listed vocabulary of events, figures that equal a recount, counters, scores and trends.
--
-- Roll back: drop trigger conversations_count_for_profile on public.conversations, songs_mark_edit, songs_forget_figures on public.songs,
-- song_favorites_mark_insert, song_favorites_mark_delete on public.song_favorites, shares_mark on public.shares,
-- profiles_forget_analytics on public.profiles; drop view public.song_list_view, public.song_search_view, private.own_events; drop table
-- public.song_analytics; drop the tables in private and the functions below.

-- Hours, durations and sizes of batches are small numbers; there are no figures yet while the indexes are made.
-- squawk-ignore-file prefer-bigint-over-int, prefer-bigint-over-smallint, require-concurrent-index-creation

begin;
set local lock_timeout = '10s';

-- Which agents are bots. Made by "npm run generate" from the list of the package isbot (Unlicense); do not edit it.

create function private.bot_pattern()
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return
    E' daum[ /]| deusu/|(?:^|[^g])news(?!sapphire)|(?<! channel/|google/)google(?!(?:wv|app|/google| pixel))|(?<! cu)bots?(?:\\y|_)'
    '|(?<!cam)scan|(?<!lib)http|24x7|;\\s[A-Za-z0-9_]+;$|@[a-z][A-Za-z0-9_-]+\\.|\\(\\)|\\.com\\y|\\y[A-Za-z0-9_]+/1\\.0;|\\ybw/'
    '|\\ydlc\\y|\\yort/|\\yperl\\y|\\ytime/|\\||^[<\\(;]'
    '|^[A-Za-z0-9_ \\.\\(?:\\):%-]+(?:/v?[0-9]+(?:\\.[0-9]+)?(?:\\.[0-9]{1,10})*?)?(?:,|$)|^[A-Za-z0-9_-]+/[A-Za-z0-9_]+$|^[^ ]{50,}$'
    '|^[0-9]+\\y|^[A-Za-z0-9_]*search\\y|^[A-Za-z0-9_]+/[A-Za-z0-9_\\(\\)]*$|^[A-Za-z0-9_]+/[0-9]\\.[0-9]\\s\\([A-Za-z0-9_@]+\\)$'
    '|^active|^ad muncher|^amaya|^apache/|^avsdevicesdk/|^azure|^biglotron|^blackbox exporter|^bot|^clamav[ /]|^claude-code/|^client/'
    '|^cobweb/|^custom|^ddg[_-]android|^discourse|^dispatch/[0-9]|^downcast/|^duckduckgo|^email|^exodusmovement|^facebook|^getright/'
    '|^gozilla/|^hobbit|^hotzonu|^hwcdn/|^igetter/|^jeode/|^jetty/|^jigsaw|^microsoft bits|^movabletype'
    '|^mozilla/[0-9]\\.[0-9]\\s[A-Za-z0-9_\\.-]+$'
    '|^mozilla/[0-9]\\.[0-9]\\s\\((?:compatible;)?(?:\\s?[A-Za-z0-9_0-9.-]+[\\s/][0-9]+\\.[0-9]+)?\\)$|^navermailapp|^netsurf|^offline'
    '|^openai/|^owler|^php|^postman|^ps_daily/|^python|^rank|^read|^reed|^remove\\.bg/|^rest|^rss|^snapchat|^sora |^space bison|^stape/'
    '|^svn|^swcd |^taringa|^thumbor/|^track|^w3c|^webbandit/|^webcopier|^wget|^whatsapp|^wordpress|^xenu link sleuth|^yahoo|^yandex'
    '|^zdm/[0-9]|^zoom marketplace/|abuse|advisor|agent\\y|analyzer|archive|ask jeeves/teoma|attracta|audit|bluecoat drtr|browsex'
    '|burpcollaborator|capture|catch|check\\y|checker|chrome-lighthouse|chromeframe|classifier|cloudflare|collapsify\\y|convertify'
    '|cookiehubverify/|crawl|cursor/|cypress/|dareboost|datanyze|dejaclick|detect|discovery|dmbrowser|download|exaleadcloudview|feed'
    '|firephp|foregenix|functionize|grab|hardenize\\y|headless|hotjar|httrack|hubspot marketing grader|ibisbrowser|infrawatch|insight'
    '|inspect|iplabel|java(?!;)|library|linkcheck|linktiger|mail\\.ru/|manus-user/|marketgoo/|measure|monitor\\y|neustar wpm|node\\y'
    '|nutch|offbyone|openvas|optimize|pageburst|pagespeed|parser|phantomjs|pingdom|playwright|powermarks|preview|productfinder'
    '|prospectingstudio|proxy|ptst[ /][0-9]|radar|readable/|retriever|rexx;|rigor|rss\\y|scrape|securityheaders|selenium|server'
    '|silktide|sindup/|sogou|sparkler/|speedcurve|spider|splash|statuscake|supercleaner|synapse|synthetic|testlocally|tools|torrent'
    '|transcoder|url|validator|virtuoso|wappalyzer|watchtowr|webglance|webkit2png|whatcms/|xtate/';
end
$$;
comment on function private.bot_pattern is 'What the agent of a bot, a crawler, a preview or a script matches, without regard to case.';

revoke execute on function private.bot_pattern() from public, anon, authenticated, service_role;

-- Which class of device a user agent belongs to.

create function private.device_class(agent text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case
    when coalesce(btrim(agent), '') = '' then null
    -- An app names its network library and no browser.
    when agent !~* '^(mozilla|opera|dalvik)/' then
      case
        when agent ~* '(okhttp|cfnetwork|dart|alamofire|expo|volley|cronet|unityplayer|supabase-(swift|kt|flutter|dart))/|dart:io|ktor[- ]client|react-?native|nsurl'
          then 'app'
        else 'other'
      end
    when agent ~* '^dalvik/' then 'app'
    -- Televisions, consoles, watches and headsets: many of them name Android or Linux too.
    when agent ~* E'smart-?tv|hbbtv|googletv|apple ?tv|android ?tv|\\ytv\\y|bravia|\\yaft[a-z]|crkey|roku|web0s|playstation|xbox|nintendo|watch|oculus|quest \\d'
      then 'other'
    when agent ~* 'opera mini|windows phone|blackberry|bb10|kaios|symbian' then 'phone'
    -- A tablet of Android is one without "Mobile". "Tablet PC" is a part of old Windows.
    when agent ~* E'ipad|tablet(?! pc)|kindle|playbook|\\ysilk/(?!.*mobile)' then 'tablet'
    when agent ~* 'android' and agent !~* 'mobi' then 'tablet'
    when agent ~* 'mobi|iphone|ipod|android' then 'phone'
    when agent ~* 'windows|macintosh|x11|linux|cros' then 'desktop'
    else 'other'
  end;
end
$$;
comment on function private.device_class is
  'phone, tablet, desktop, app or other, by a user agent; null without one. An iPad that asks for desktop sites is a desktop.';

revoke execute on function private.device_class(text) from public, anon, authenticated, service_role;

-- What the headers of a request say about who looks, and which agents are known as bots.

create function private.is_bot(agent text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  -- CUBOT is a brand of phones, and no bot.
  said text := regexp_replace(agent, E'\\ycubot', 'cu', 'gi');
begin
  return coalesce(btrim(said), '') = ''
    -- Edge Functions, which the list does not have.
    or said ~* '^deno/'
    or (said ~* private.bot_pattern()
      -- User agents of apps, in which users read songs.
      and (said !~* '(okhttp|cfnetwork|dart|dalvik|alamofire|expo|volley|cronet|electron|capacitor|tauri|unityplayer|supabase-(swift|kt|flutter|dart|csharp))/|dart:io|ktor[- ]client|react-?native|nsurlsession'
        -- Crawlers, previews and tests that use the same libraries.
        or said ~* 'bot|crawl|spider|preview|headless|archiver|^whatsapp|^swcd|cypress/|cursor/|playwright|puppeteer|selenium|pingdom|lighthouse|nuclei'));
end
$$;
comment on function private.is_bot is
  'Whether a visitor''s user agent says that no person is looking, or nothing. A false user agent is not detected.';

-- Not logged: after a crash the verdicts are made again. Each hash has one of 65,536 places, so invented agents cannot make the table grow.
create unlogged table private.analytics_agents (
  slot integer primary key,
  hash bytea not null,
  is_bot boolean not null,
  device text,
  constraint analytics_agents_slot_check check (slot between 0 and 65535)
)
with (fillfactor = 70);
comment on table private.analytics_agents is 'What private.is_bot and private.device_class said today, by a hash of the agent and the day''s salt: reading one takes longer than counting an event.';

create function private.learn_agent(agent text, agent_hash bytea, out is_bot boolean, out device text)
language plpgsql
set search_path = ''
as $$
declare
  place integer := get_byte(agent_hash, 0) * 256 + get_byte(agent_hash, 1);
begin
  is_bot := private.is_bot(agent);
  device := private.device_class(agent);
  -- A transaction that meets an agent of the same slot at the same moment does not wait.
  if agent_hash is not null
    and pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.agent ' || place, 0))
  then
    insert into private.analytics_agents as a (slot, hash, is_bot, device)
    values (place, agent_hash, learn_agent.is_bot, learn_agent.device)
    on conflict (slot) do update set hash = excluded.hash, is_bot = excluded.is_bot, device = excluded.device;
  end if;
end
$$;
comment on function private.learn_agent is 'What is_bot and device_class say, kept in the place of the last agent of the same slot.';

create function private.known_agent(agent text, salt bytea, out is_bot boolean, out device text)
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- The rest of a longer one says nothing more.
  agent_hash bytea := sha256(salt || convert_to(left(agent, 500), 'UTF8'));
  place integer := get_byte(agent_hash, 0) * 256 + get_byte(agent_hash, 1);
begin
  select a.is_bot, a.device into is_bot, device from private.analytics_agents a where a.slot = place and a.hash = agent_hash;
  if not found then
    select l.is_bot, l.device into is_bot, device from private.learn_agent(left(agent, 500), agent_hash) as l;
  end if;
end
$$;
comment on function private.known_agent is 'What is_bot and device_class say, kept until the day is over.';

create function private.is_refused(headers jsonb)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- A browser that loads a page before the user opens it.
  if concat_ws(' ', headers ->> 'sec-purpose', headers ->> 'purpose', headers ->> 'x-purpose', headers ->> 'x-moz')
    ~* 'prefetch|prerender|preview'
  then
    return true;
  end if;
  -- The setting is read for those alone whom it concerns: a query in the expression above would run for all.
  if headers ->> 'sec-gpc' = '1' then
    return coalesce((select s.honors_privacy_control from private.settings s where s.id), false);
  end if;
  return false;
end
$$;
comment on function private.is_refused is 'Whether a request''s headers say that no user has looked yet, or that nothing is to be counted.';

revoke all on private.analytics_agents from public, anon, authenticated, service_role;
revoke execute on function
  private.is_bot(text),
  private.learn_agent(text, bytea),
  private.known_agent(text, bytea),
  private.is_refused(jsonb)
from public, anon, authenticated, service_role;

-- Which listed source a referrer belongs to. A host that is not listed is never stored.

create table private.analytics_sources (
  host text collate "C" primary key,
  source text,
  channel text,
  constraint analytics_sources_host_check check (
    length(host) <= 253 and host ~ E'^(app:[a-z0-9_.]+|[a-z0-9-]+(\\.[a-z0-9-]+)*\\.([a-z0-9-]+|\\*))$'
  ),
  constraint analytics_sources_source_check check (source ~ '^[a-z0-9][a-z0-9_.-]{0,39}$'),
  constraint analytics_sources_channel_check check (channel ~ '^[a-z]{1,20}$' and (source is null) = (channel is null))
);
comment on table private.analytics_sources is
  'Hosts by which a view''s source is named. A host covers its subdomains. Add or remove rows by SQL; figures of the past stay.';
comment on column private.analytics_sources.host is
  'In ASCII (xn--). google.* covers every country''s domain; app:com.slack is an Android app.';
comment on column private.analytics_sources.source is 'Null for a host that is no source: a page for signing in or paying, or another site of the project.';

insert into private.analytics_sources (host, source, channel) values
  ('google.*', 'google', 'search'), ('bing.com', 'bing', 'search'), ('duckduckgo.com', 'duckduckgo', 'search'),
  ('yahoo.*', 'yahoo', 'search'), ('yandex.*', 'yandex', 'search'), ('ya.ru', 'yandex', 'search'), ('baidu.com', 'baidu', 'search'),
  ('ecosia.org', 'ecosia', 'search'), ('qwant.com', 'qwant', 'search'), ('startpage.com', 'startpage', 'search'),
  ('search.brave.com', 'brave', 'search'), ('kagi.com', 'kagi', 'search'), ('naver.com', 'naver', 'search'), ('seznam.cz', 'seznam', 'search'),
  ('app:com.google.android.googlequicksearchbox', 'google', 'search'),
  ('facebook.com', 'facebook', 'social'), ('fb.me', 'facebook', 'social'), ('instagram.com', 'instagram', 'social'),
  ('threads.net', 'threads', 'social'), ('threads.com', 'threads', 'social'), ('twitter.com', 'x', 'social'), ('x.com', 'x', 'social'),
  ('t.co', 'x', 'social'), ('linkedin.com', 'linkedin', 'social'), ('lnkd.in', 'linkedin', 'social'), ('reddit.com', 'reddit', 'social'),
  ('pinterest.*', 'pinterest', 'social'), ('pin.it', 'pinterest', 'social'), ('tiktok.com', 'tiktok', 'social'), ('vk.com', 'vk', 'social'),
  ('bsky.app', 'bluesky', 'social'), ('mastodon.social', 'mastodon', 'social'), ('news.ycombinator.com', 'hackernews', 'social'),
  ('quora.com', 'quora', 'social'), ('tumblr.com', 'tumblr', 'social'), ('linktr.ee', 'linktree', 'social'),
  ('app:com.facebook.katana', 'facebook', 'social'), ('app:com.instagram.android', 'instagram', 'social'),
  ('app:com.twitter.android', 'x', 'social'), ('app:com.linkedin.android', 'linkedin', 'social'), ('app:com.pinterest', 'pinterest', 'social'),
  ('app:com.reddit.frontpage', 'reddit', 'social'),
  ('youtube.com', 'youtube', 'video'), ('youtu.be', 'youtube', 'video'), ('vimeo.com', 'vimeo', 'video'), ('twitch.tv', 'twitch', 'video'),
  ('spotify.com', 'spotify', 'music'), ('soundcloud.com', 'soundcloud', 'music'), ('bandcamp.com', 'bandcamp', 'music'),
  ('genius.com', 'genius', 'music'), ('music.apple.com', 'apple-music', 'music'), ('ultimate-guitar.com', 'ultimate-guitar', 'music'),
  ('whatsapp.com', 'whatsapp', 'chat'), ('wa.me', 'whatsapp', 'chat'), ('t.me', 'telegram', 'chat'), ('telegram.org', 'telegram', 'chat'),
  ('discord.com', 'discord', 'chat'), ('slack.com', 'slack', 'chat'), ('messenger.com', 'messenger', 'chat'),
  ('app:com.slack', 'slack', 'chat'), ('app:org.telegram.messenger', 'telegram', 'chat'), ('app:com.whatsapp', 'whatsapp', 'chat'),
  ('mail.google.com', 'gmail', 'mail'), ('mail.yahoo.com', 'yahoo-mail', 'mail'), ('outlook.live.com', 'outlook', 'mail'),
  ('outlook.office.com', 'outlook', 'mail'), ('mail.proton.me', 'proton-mail', 'mail'), ('app:com.google.android.gm', 'gmail', 'mail'),
  ('chatgpt.com', 'chatgpt', 'ai'), ('chat.openai.com', 'chatgpt', 'ai'), ('claude.ai', 'claude', 'ai'), ('perplexity.ai', 'perplexity', 'ai'),
  ('gemini.google.com', 'gemini', 'ai'), ('copilot.microsoft.com', 'copilot', 'ai'),
  ('accounts.google.com', null, null), ('accounts.youtube.com', null, null), ('appleid.apple.com', null, null),
  ('login.microsoftonline.com', null, null), ('login.live.com', null, null), ('supabase.co', null, null), ('checkout.stripe.com', null, null),
  ('paypal.com', null, null), ('hooks.stripe.com', null, null);

create function private.referrer_host(url text, out scheme text, out host text)
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  -- A browser reads a backslash as a slash. What a long text has after this names no host.
  found text[] := regexp_match(lower(left(url, 1000)), E'^\\s*(https?|android-app|ios-app)://([^/?#\\\\\\s]*)');
begin
  scheme := found[1];
  -- Without credentials, the port and the dot of the root.
  host := regexp_replace(regexp_replace(found[2], '^.*@', ''), E'\\.?(:[0-9]*)?$', '');
  -- An address is no host's name, and "localhost" is nobody's site.
  if host !~ E'^[^.\\[\\]:]+(\\.[^.\\[\\]:]+)*\\.[^.\\[\\]:0-9][^.\\[\\]:]*$' or host ~ E'\\.(localhost|local|internal|test|invalid)$' then
    host := null;
  end if;
end
$$;
comment on function private.referrer_host is 'The host, or the name of the app, in a referrer; null for an address, a local name and anything else.';

create function private.source_of(referrer text, origin text)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  came record := private.referrer_host(referrer);
  own text := regexp_replace((private.referrer_host(origin)).host, E'^www\\.', '');
  labels text[];
  count integer;
  candidates text[];
  listed record;
begin
  if came.host is null or came.host = own or came.host like '%.' || own or own like '%.' || regexp_replace(came.host, E'^www\\.', '') then
    return null;
  end if;
  labels := string_to_array(came.host, '.');
  count := cardinality(labels);
  select array_agg(array_to_string(labels[n:], '.')) into candidates from generate_series(greatest(1, count - 5), count - 1) as n;
  candidates := candidates || (labels[count - 1] || '.*');
  -- As in google.com.br and google.co.uk.
  if count > 2 and labels[count - 1] in ('com', 'co', 'org', 'net') and length(labels[count]) = 2 then
    candidates := candidates || (labels[count - 2] || '.*');
  end if;
  select s.source into listed
  from private.analytics_sources s
  where s.host = any (case when came.scheme = 'android-app' then array['app:' || came.host] || candidates else candidates end)
  order by (s.host like 'app:%') desc, (right(s.host, 1) <> '*') desc, length(s.host) desc
  limit 1;
  if found then
    return listed.source;
  end if;
  return 'other';
end
$$;
comment on function private.source_of is
  'The listed source of a referrer, "other" for a site that is not listed; null without a referrer, for the app''s own site (the header Origin) '
  'and for a host that is no source. A path or a query is never looked at.';

revoke all on private.analytics_sources from public, anon, authenticated, service_role;
revoke execute on function
  private.referrer_host(text),
  private.source_of(text, text)
from public, anon, authenticated, service_role;

-- The log of events: append-only, each event counted once per viewer and day.
--
-- A day is a day in UTC. A viewer is a pseudonym: of an account, which only private.analytics_viewers ties to the user, or of a
-- visitor, a hash whose salt is destroyed with the day. No address is stored.

create table private.analytics_events (
  entity_id uuid not null,
  kind text collate "C" not null,
  viewer uuid not null,
  slot smallint not null default 0,
  day date not null,
  at timestamptz not null,
  duration_seconds integer,
  country text,
  source text,
  device text,
  properties jsonb,
  primary key (entity_id, kind, viewer, slot, day),
  constraint analytics_events_kind_check check (
    kind in ('song_view', 'song_session', 'song_share', 'profile_view', 'contact_click', 'conversation', 'conversion')
      or kind ~ '^app:[a-z][a-z0-9_]{0,39}$'
  ),
  constraint analytics_events_day_check check (day = (at at time zone 'utc')::date)
) partition by range (day);
comment on table private.analytics_events is
  'Every event that counts, once per viewer and day; a partition a day in UTC. Only appended to; not readable through the API.';
comment on column private.analytics_events.entity_id is 'The song or the profile of the event.';
comment on column private.analytics_events.slot is 'The hour in UTC of a session, of which an hour counts one; else 0.';
comment on column private.analytics_events.country is 'ISO 3166-1, from the header of the platform, if it sends one.';
comment on column private.analytics_events.source is 'A name of private.analytics_sources, or "other"; no host, path or query of a referrer.';
comment on column private.analytics_events.device is 'What private.device_class says; no user agent.';
comment on column private.analytics_events.properties is 'Of an event of the app''s own: values that its declaration lists.';

create index analytics_events_viewer_idx on private.analytics_events (viewer);
-- One viewer in 64: unique viewers of long periods are estimated from them.
create index analytics_events_sample_idx on private.analytics_events (entity_id, kind, at, viewer) where (uuid_hash(viewer) & 63) = 0;

create table private.analytics_viewers (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  viewer uuid not null default gen_random_uuid()
);
comment on table private.analytics_viewers is
  'The pseudonym under which a user''s events are kept. It is deleted with the account, and then nothing connects the events to the user.';

create table private.analytics_marks (
  id bigint primary key generated always as identity (cache 50),
  entity_id uuid not null,
  day date
);
comment on table private.analytics_marks is
  'What has to be counted again: a row for each song or profile and day that a transaction touched, in that transaction. Not unique, so '
  'no transaction waits for another, and the roll-up removes only marks whose events it sees.';
comment on column private.analytics_marks.day is 'Null where no event came but something that a song''s counters are made of changed.';

create function private.add_event_partition(day date)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  name text := 'analytics_events_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass('private.' || name) is not null then
    return;
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.partition', 0));
  -- By a query: waiting for this lock does not renew what to_regclass remembers.
  if exists (select from pg_catalog.pg_class c where c.relnamespace = 'private'::regnamespace and c.relname = name) then
    return;
  end if;
  -- Created first and then attached, because creating it as a partition would lock the whole log.
  execute format('create table private.%I (like private.analytics_events including all)', name);
  execute format('alter table private.analytics_events attach partition private.%I for values from (%L) to (%L)', name,
    to_char(day, 'YYYY-MM-DD'), to_char(day + 1, 'YYYY-MM-DD'));
  execute format('revoke all on private.%I from public, anon, authenticated, service_role', name);
end
$$;
comment on function private.add_event_partition is 'Makes the log''s partition of a day unless it is there; any number of callers at once.';

create function private.event_subject(kind text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- plpgsql on the way of an event, here and below: a sql function with a search path is planned in each call.
  return case
    when kind in ('song_view', 'song_session', 'song_share') then 'song'
    when kind in ('profile_view', 'contact_click', 'conversation', 'conversion') then 'profile'
  end;
end
$$;
comment on function private.event_subject is
  'What an event is about: song or profile; null for a kind that is not in the vocabulary. Clients send all but conversation and conversion.';

-- Unlogged, so it is in no log, replica or file-level backup. After a crash the day continues with a new salt.
create unlogged table private.analytics_salt (
  day date primary key,
  salt bytea not null
);
comment on table private.analytics_salt is
  'The salt of today''s hashes of visitors; deleted when the day is over, and the file with it at the next roll-up.';

-- Also unlogged: after a crash every viewer has the whole daily allowance again.
create unlogged table private.analytics_allowances (
  viewer uuid primary key,
  day date not null,
  events integer not null
)
with (fillfactor = 70);
comment on table private.analytics_allowances is
  'How many events of a viewer have counted today. The log is not asked: a kept plan of a query of it locks the partitions of all days.';

create view private.own_events as
select v.user_id, e.day, e.kind, e.entity_id, e.at, e.duration_seconds, e.country, e.source, e.device,
  e.properties
from private.analytics_viewers v
join private.analytics_events e on e.viewer = v.viewer;
comment on view private.own_events is 'The events of the log that a user''s own export has.';

create function private.drop_event_partitions(keep interval)
returns bigint
language plpgsql
security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  -- Late events may still come for the last days.
  oldest date := (clock_timestamp() at time zone 'utc' - greatest(keep, interval '7 days'))::date;
  name text;
  dropped bigint := 0;
begin
  for name in
    select c.relname
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'private.analytics_events'::regclass
      and c.relname ~ '^analytics_events_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < oldest
      and not exists (select from private.analytics_marks m where m.day = to_date(right(c.relname, 8), 'YYYYMMDD'))
    order by c.relname
  loop
    execute format('drop table private.%I', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
comment on function private.drop_event_partitions is
  'Upkeep: drops the log''s days that are older and rolled up, a week at least is kept; answers how many. Figures stay.';

create function private.begin_day(today date)
returns private.analytics_salt
language plpgsql
set search_path = ''
as $$
declare
  salt private.analytics_salt;
begin
  -- What was kept offline may be three days old.
  for n in -3..0 loop
    perform private.add_event_partition(today + n);
  end loop;
  delete from private.analytics_salt s where s.day < today;
  insert into private.analytics_salt (day, salt)
  values (today, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
  on conflict do nothing;
  select * into salt from private.analytics_salt s where s.day = today;
  return salt;
end
$$;
comment on function private.begin_day is
  'The first event of a day creates the salt and the partitions that its events may need, and deletes the salt of another day.';

create function private.viewer_of(person uuid)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  pseudonym uuid;
begin
  select v.viewer into pseudonym from private.analytics_viewers v where v.user_id = person;
  if not found then
    insert into private.analytics_viewers (user_id)
    -- Held, so that no pseudonym outlives the account.
    select p.id from public.profiles p where p.id = person and p.user_id is not null for share
    on conflict do nothing;
    select v.viewer into pseudonym from private.analytics_viewers v where v.user_id = person;
  end if;
  return pseudonym;
end
$$;
comment on function private.viewer_of is 'The pseudonym of a user with an account; null for a visitor.';

create function private.visitor_id(salted bytea)
returns uuid
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Version 8, and a user's pseudonym has version 4: so retention can leave visitors out.
  return overlay(encode(substring(salted for 16), 'hex') placing '8' from 13 for 1)::uuid;
end
$$;
comment on function private.visitor_id is 'The pseudonym of a visitor, from a salted hash. It differs from every pseudonym of a user.';

create function private.record_event(kind text, entity_id uuid, person uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  arrived timestamptz := clock_timestamp();
  today date := (arrived at time zone 'utc')::date;
begin
  perform private.add_event_partition(today);
  with added as (
    insert into private.analytics_events (entity_id, kind, viewer, day, at)
    select record_event.entity_id, record_event.kind, v.viewer, today, arrived
    from private.viewer_of(person) as v (viewer)
    where v.viewer is not null
    on conflict do nothing
    returning analytics_events.entity_id, day
  )
  insert into private.analytics_marks (entity_id, day) select a.entity_id, a.day from added a;
end
$$;
comment on function private.record_event is 'Logs an event that the database itself saw, once a day for each user and each song or profile.';

revoke all on
  private.analytics_events, private.analytics_viewers, private.analytics_salt, private.analytics_allowances,
  private.analytics_marks, private.own_events
from public, anon, authenticated, service_role;
revoke execute on function
  private.event_subject(text),
  private.add_event_partition(date),
  private.drop_event_partitions(interval),
  private.begin_day(date),
  private.viewer_of(uuid),
  private.visitor_id(bytea),
  private.record_event(text, uuid, uuid)
from public, anon, authenticated, service_role;

-- Events of the app's own, which the project declares.

create function private.is_property_list(properties jsonb)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case when jsonb_typeof(properties) = 'object' then (
    select count(*) <= 4 and coalesce(bool_and(
      p.key ~ '^[a-z][a-z0-9_]{0,39}$'
      and case when jsonb_typeof(p.value) = 'array' then jsonb_array_length(p.value) between 1 and 16 and not exists (
        select
        from jsonb_array_elements(p.value) as v (listed)
        where jsonb_typeof(v.listed) <> 'string' or length(v.listed #>> '{}') not between 1 and 40
      ) else false end), true)
    from jsonb_each(properties) as p
  ) else false end;
end
$$;
comment on function private.is_property_list is 'Whether this names at most 4 properties, each with a list of 1 to 16 texts of at most 40 characters.';

create table private.app_events (
  name text collate "C" primary key,
  subject text not null,
  properties jsonb not null default '{}',
  constraint app_events_name_check check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint app_events_subject_check check (subject in ('song', 'profile')),
  constraint app_events_properties_check check (private.is_property_list(properties))
);
comment on table private.app_events is
  'The events of the app''s own, at most 64. Add rows by SQL. An event that is not here is refused; what was counted stays when its row goes.';
comment on column private.app_events.name is 'An app tracks it as app:name.';
comment on column private.app_events.subject is 'What the event is about: a song or a profile.';
comment on column private.app_events.properties is 'The values that each property can have, such as {"format": ["pdf", "midi"]}.';

create function private.bound_app_events()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.app-events', 0));
  if (select count(*) from private.app_events) > 64 then
    perform private.raise_error('invalid_input', 'unable to declare the event; a project has at most 64 events of its own',
      'Remove an event that the app no longer tracks.', '{"field": "name", "limit": 64}');
  end if;
  return null;
end
$$;
comment on function private.bound_app_events is 'Trigger: a project declares at most 64 events.';

create trigger app_events_bound
after insert on private.app_events
for each statement
execute function private.bound_app_events();

create function private.app_event_fault(event jsonb)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  declared private.app_events;
  other text;
  given jsonb := event -> 'properties';
begin
  select * into declared from private.app_events a where a.name = substr(event ->> 'kind', 5);
  if not found then
    return 'kind';
  end if;
  if coalesce(event ->> (declared.subject || '_id'), '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    return declared.subject || '_id';
  end if;
  -- An event is about one thing.
  other := case declared.subject when 'song' then 'profile_id' else 'song_id' end;
  if event ? other then
    return other;
  end if;
  if given is null then
    return null;
  end if;
  if jsonb_typeof(given) <> 'object' or exists (
    select from jsonb_each(given) as g where not coalesce(declared.properties -> g.key @> jsonb_build_array(g.value), false)
      or jsonb_typeof(g.value) <> 'string'
  ) then
    return 'properties';
  end if;
  return null;
end
$$;
comment on function private.app_event_fault is 'The field for which an event app:name is not one that the project declared; null for one that is.';

revoke all on private.app_events from public, anon, authenticated, service_role;
revoke execute on function
  private.is_property_list(jsonb),
  private.bound_app_events(),
  private.app_event_fault(jsonb)
from public, anon, authenticated, service_role;

-- Takes events in, and marks what other tables change.

create function private.track_events(batch jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  -- Few expressions and statements: every transaction prepares each one again, which takes longer than running it.
  arrived timestamptz := clock_timestamp();
  now_ms bigint := extract(epoch from arrived) * 1000;
  headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  is_signed_in boolean := auth.jwt() ->> 'sub' is not null;
  caller uuid;
  pseudonym uuid;
  salt private.analytics_salt;
  agent record;
  counts boolean;
  answer jsonb;
begin
  if jsonb_typeof(batch) is distinct from 'array' or jsonb_array_length(batch) > 500
    -- Text has at most six bytes for each of jsonb.
    or (pg_column_size(batch) > 20000 and octet_length(batch::text) > 131072)
  then
    perform private.raise_error('invalid_input', 'unable to track events; a batch is a list of at most 500, of at most 128 KiB',
      'Send several batches.', '{"field": "batch", "limit": 500}');
  end if;
  select * into salt from private.analytics_salt s where s.day = (arrived at time zone 'utc')::date;
  if not found then
    salt := private.begin_day((arrived at time zone 'utc')::date);
  end if;
  if is_signed_in then
    caller := private.require_user();
    pseudonym := private.viewer_of(caller);
    if pseudonym is null then
      -- Makes up for a profile that is missing; raises when there is no account.
      perform private.get_own_profile();
      pseudonym := private.viewer_of(caller);
    end if;
  else
    -- A weak signal, and where no trusted proxy names the address it is the client's own word.
    pseudonym := private.visitor_id(sha256(salt.salt || convert_to(concat_ws(' ',
      coalesce(headers ->> 'cf-connecting-ip', split_part(headers ->> 'x-forwarded-for', ',', 1)), headers ->> 'user-agent'), 'UTF8')));
  end if;

  -- A person who is signed in is one, whatever their app calls itself.
  agent := private.known_agent(headers ->> 'user-agent', salt.salt);
  counts := not (private.is_refused(headers) or (not is_signed_in and agent.is_bot));
  with told as (
    select e.event, e.place - 1 as place, e.event ->> 'kind' as kind, e.event ->> 'song_id' as song, e.event ->> 'profile_id' as profile,
      jsonb_typeof(e.event -> 'at') as type_of_at, jsonb_typeof(e.event -> 'duration_seconds') as type_of_duration,
      array['kind', 'at'] || case
        when e.event ->> 'kind' like 'app:%' then array['song_id', 'profile_id', 'properties']
        when e.event ->> 'kind' = 'profile_view' then array['profile_id', 'referrer']
        when e.event ->> 'kind' = 'contact_click' then array['profile_id']
        when e.event ->> 'kind' = 'song_session' then array['song_id', 'duration_seconds']
        when e.event ->> 'kind' = 'song_view' then array['song_id', 'referrer']
        else array['song_id']
      end as allowed
    from jsonb_array_elements(batch) with ordinality as e (event, place)
  ),
  read as materialized (
    select t.event, t.place, t.kind, t.song, t.profile,
      -- The field for which it is no event; null for one that is.
      case
        when jsonb_typeof(t.event) <> 'object' then 'event'
        when jsonb_typeof(t.event -> 'kind') is distinct from 'string'
          or not (t.kind in ('song_view', 'song_session', 'song_share', 'profile_view', 'contact_click') or t.kind like 'app:%') then 'kind'
        when t.kind in ('song_view', 'song_session', 'song_share')
          and coalesce(t.song, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then 'song_id'
        when t.kind in ('profile_view', 'contact_click')
          and coalesce(t.profile, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then 'profile_id'
        -- Three days for what was kept offline; five minutes for a clock that is ahead.
        when t.type_of_at <> 'number' then 'at'
        when (t.event ->> 'at')::numeric not between now_ms - 259200000 and now_ms + 300000 then 'at'
        when t.kind = 'song_session' and t.type_of_duration is distinct from 'number' then 'duration_seconds'
        when t.kind = 'song_session' and (t.event ->> 'duration_seconds')::numeric not between 1 and 14400 then 'duration_seconds'
        when jsonb_typeof(t.event -> 'referrer') <> 'string' then 'referrer'
        -- Anything else, such as a user's id.
        when t.event - t.allowed <> '{}' then (select min(o.key) from jsonb_object_keys(t.event) as o (key) where o.key <> all (t.allowed))
        when t.kind like 'app:%' then private.app_event_fault(t.event)
      end as fault
    from told t
  ),
  due as (
    select coalesce(r.song, r.profile)::uuid as entity_id, r.kind, r.event, (r.event ->> 'duration_seconds')::numeric as seconds,
      -- A clock that is a little ahead is moved to now. Of an earlier day a visitor has no salt: what comes late counts for today.
      greatest(
        to_timestamp(least(coalesce((r.event ->> 'at')::numeric, now_ms), now_ms)::double precision / 1000),
        case when not is_signed_in then salt.day::timestamp at time zone 'utc' end
      ) as at
    from read r
    -- Looked up one by one: with a join the kept plan would read all songs.
    where case
        when r.fault is not null then false
        when r.song is not null then (
          select s.created_by is distinct from caller and (s.visibility = 'public' or private.can_see_song(s.id))
          from public.songs s
          where s.id = r.song::uuid and s.deleted_at is null
        )
        else (
          select p.id is distinct from caller from public.profiles p where p.id = r.profile::uuid and p.user_id is not null
        )
      end
      and counts
      -- More than a thousand songs and profiles a day is not a user who looks at them.
      and coalesce((select a.events < 1000 from private.analytics_allowances a where a.viewer = pseudonym and a.day = salt.day), true)
  ),
  added as (
    insert into private.analytics_events (entity_id, kind, viewer, slot, day, at, duration_seconds, country, source, device, properties)
    select d.entity_id, d.kind, pseudonym,
      case when d.seconds is null then 0 else extract(hour from d.at at time zone 'utc') end,
      (d.at at time zone 'utc')::date, d.at, round(d.seconds),
      (select upper(headers ->> 'cf-ipcountry') where private.is_country(upper(headers ->> 'cf-ipcountry'))),
      case when d.event ? 'referrer' then private.source_of(d.event ->> 'referrer', headers ->> 'origin') end, agent.device,
      nullif(d.event -> 'properties', '{}')
    from due d
    -- In one order, so that two batches of one viewer never wait for each other in a ring.
    order by 1, 2, 4, 5, 6
    on conflict do nothing
    returning analytics_events.entity_id, analytics_events.day
  ),
  marked as (
    insert into private.analytics_marks (entity_id, day) select distinct a.entity_id, a.day from added a
  ),
  used as (
    insert into private.analytics_allowances as u (viewer, day, events)
    select pseudonym, salt.day, count(*) from added a having count(*) > 0
    on conflict (viewer) do update
    set day = excluded.day, events = excluded.events + case when u.day = excluded.day then u.events else 0 end
  )
  select jsonb_build_object(
    'accepted', count(*) filter (where r.fault is null),
    'refused', coalesce(
      jsonb_agg(jsonb_build_object('place', r.place, 'field', r.fault) order by r.place) filter (where r.fault is not null), '[]'))
  into answer
  from read r;
  return answer;
end
$$;
comment on function private.track_events is
  'What counts as nothing is answered like what counts, so that no caller learns of hidden songs; refused is what is no event at all.';

create function public.track_events(batch jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return private.track_events(batch);
end
$$;
comment on function public.track_events is
  'Logs up to 500 events of the caller: {kind, song_id or profile_id, at in milliseconds, duration_seconds, referrer, properties}. Returns how many were '
  'accepted, and the place and the field of each refused event. A repeated event counts once.';

create function private.mark_edited_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.analytics_marks (entity_id) values (new.id);
  return null;
end
$$;
comment on function private.mark_edited_song is 'Trigger: a song''s edits are counted from its version.';

create function private.mark_favorites()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.analytics_marks (entity_id) select distinct c.song_id from changed c;
  return null;
end
$$;
comment on function private.mark_favorites is 'Trigger: a song''s favourites are counted from their table.';

create function private.mark_shared_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.analytics_marks (entity_id)
  select m.song_id from (select case when tg_op = 'DELETE' then old.song_id else new.song_id end as song_id) as m where m.song_id is not null;
  return null;
end
$$;
comment on function private.mark_shared_song is 'Trigger: shares that were accepted are counted from their table.';

create trigger songs_mark_edit
after update on public.songs
for each row
when (old.version <> new.version)
execute function private.mark_edited_song();

create trigger song_favorites_mark_insert
after insert on public.song_favorites
referencing new table as changed
for each statement
execute function private.mark_favorites();

create trigger song_favorites_mark_delete
after delete on public.song_favorites
referencing old table as changed
for each statement
execute function private.mark_favorites();

create trigger shares_mark
after insert or update of accepted_at or delete on public.shares
for each row
execute function private.mark_shared_song();

revoke execute on function
  private.track_events(jsonb),
  public.track_events(jsonb),
  private.mark_edited_song(),
  private.mark_favorites(),
  private.mark_shared_song()
from public, anon, authenticated, service_role;
grant execute on function
  private.track_events(jsonb),
  public.track_events(jsonb)
to anon, authenticated;

-- Conversions: a contact that became business, once for each conversation.

create function private.record_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  other uuid := nullif(replace(replace(new.direct_key, new.created_by::text, ''), ':', ''), '')::uuid;
begin
  if new.created_by is not null and other is not null then
    perform private.record_event('conversation', other, new.created_by);
  end if;
  return null;
exception
  when others then
    -- A failure of figures never stops a conversation of two users.
    raise warning 'unable to count the conversation; %', sqlerrm;
    return null;
end
$$;
comment on function private.record_conversation is 'Trigger: a direct conversation counts for the one who did not open it.';

create function private.add_conversion(conversation_id uuid, profile_id uuid, by_service boolean)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  pair uuid[];
  other uuid;
begin
  select string_to_array(c.direct_key, ':')::uuid[] into pair from public.conversations c where c.id = add_conversion.conversation_id;
  if not found then
    perform private.raise_error('conversation_not_found', 'unable to record the conversion; there is no such conversation', 'Check the id.');
  end if;
  if pair is null or profile_id is null or profile_id <> all (pair) then
    perform private.raise_error('invalid_input', 'unable to record the conversion; it counts for one of two people who talk with each other',
      'Name a direct conversation, and one of its two people.', '{"field": "conversationId"}');
  end if;
  other := case when pair[1] = profile_id then pair[2] else pair[1] end;
  -- An account that goes at this moment waits, or is gone.
  perform private.hold_people(pair, 'conversationId');
  insert into private.conversions (conversation_id, profile_id, converted_by, by_service)
  values (add_conversion.conversation_id, add_conversion.profile_id, other, add_conversion.by_service)
  on conflict do nothing;
  if not found then
    -- What the service says counts more than what one of the two said first.
    update private.conversions c
    set by_service = true, profile_id = add_conversion.profile_id, converted_by = other
    where c.conversation_id = add_conversion.conversation_id and add_conversion.by_service
      and (not c.by_service or c.profile_id is distinct from add_conversion.profile_id);
    return false;
  end if;
  perform private.record_event('conversion', profile_id, other);
  return true;
end
$$;

create function private.record_conversion(conversation_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  other uuid;
begin
  perform private.require_participant(conversation_id);
  select nullif(replace(replace(c.direct_key, caller::text, ''), ':', ''), '')::uuid into other
  from public.conversations c
  where c.id = record_conversion.conversation_id;
  return private.add_conversion(conversation_id, other, false);
end
$$;

create function public.record_conversion(conversation_id uuid)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_conversion(conversation_id)
$$;
comment on function public.record_conversion is
  'Says that a direct conversation led to what the other person offers; it counts for them, once a conversation. Answers whether it was new.';

create function private.record_conversion_for(conversation_id uuid, profile_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  return private.add_conversion(conversation_id, profile_id, true);
end
$$;

create function public.record_conversion_for(conversation_id uuid, profile_id uuid)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_conversion_for(conversation_id, profile_id)
$$;
comment on function public.record_conversion_for is
  'For the service: records a conversion for the named user of the two, for example when a payment succeeded.';

create trigger conversations_count_for_profile
after insert on public.conversations
for each row
when (new.kind = 'direct')
execute function private.record_conversation();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.own_events', 50, 'user_id', 'extract(epoch from t.at) || t.entity_id::text || t.kind', null, '{}');

revoke execute on function
  private.record_conversation(),
  private.add_conversion(uuid, uuid, boolean),
  private.record_conversion(uuid),
  public.record_conversion(uuid),
  private.record_conversion_for(uuid, uuid),
  public.record_conversion_for(uuid, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.record_conversion(uuid),
  public.record_conversion(uuid)
to authenticated;
grant execute on function
  private.record_conversion_for(uuid, uuid),
  public.record_conversion_for(uuid, uuid)
to service_role;

-- Figures by the quarter of an hour and by the day, and the counters and scores of songs.

create table private.analytics_quarters (
  entity_id uuid not null,
  kind text collate "C" not null,
  at timestamptz not null,
  country text not null,
  count bigint not null,
  seconds bigint not null,
  last_at timestamptz not null,
  primary key (entity_id, kind, at, country)
);
comment on table private.analytics_quarters is
  'Counted events by the quarter of an hour, the smallest step by which zones differ: days of any zone are sums of these.';
comment on column private.analytics_quarters.country is 'The country; empty when it is not known.';

create table private.analytics_days (
  entity_id uuid not null,
  kind text collate "C" not null,
  day date not null,
  count bigint not null,
  seconds bigint not null,
  last_at timestamptz not null,
  primary key (entity_id, kind, day)
);
comment on table private.analytics_days is 'Counted events by the day in UTC: what counters and scores are made of.';

create index analytics_days_kind_day_idx on private.analytics_days (kind, day);

create table private.analytics_state (
  id boolean primary key default true,
  aged_until date not null default (now() at time zone 'utc')::date,
  salted_on date not null default '-infinity',
  constraint analytics_state_id_check check (id)
);
comment on table private.analytics_state is 'One row: how far what is done once a day has been done.';
comment on column private.analytics_state.aged_until is 'Up to which day the weekly and monthly counters have lost what is too old for them.';
comment on column private.analytics_state.salted_on is 'The day on which the file of the salts was last created again.';

create table private.analytics_unfed (
  id bigint primary key generated always as identity (cache 50),
  song_id uuid not null
);
comment on table private.analytics_unfed is 'Songs whose own row is behind their score. Not unique, like the marks and for the same reason.';

create table public.song_analytics (
  song_id uuid primary key references public.songs (id) on delete cascade,
  view_count bigint not null default 0,
  edit_count bigint not null default 0,
  share_count bigint not null default 0,
  favorite_count bigint not null default 0,
  last_viewed_at timestamptz,
  last_edited_at timestamptz,
  avg_session_duration_seconds integer,
  weekly_views bigint not null default 0,
  monthly_views bigint not null default 0,
  popularity_score double precision not null default 0,
  trend_score double precision,
  updated_at timestamptz not null default clock_timestamp()
);
comment on table public.song_analytics is
  'A song''s counters, set by the roll-up; a song without a row has no counts yet. Users who see the song see its counters; its editors also see its use.';
comment on column public.song_analytics.view_count is 'Viewers, each once a day, without the owner, bots and repeats.';
comment on column public.song_analytics.share_count is 'Accepted shares, and shares that apps report, each viewer once a day.';
comment on column public.song_analytics.edit_count is 'Changes since the song was made, from its version.';
comment on column public.song_analytics.avg_session_duration_seconds is 'The average length of a session in seconds; null before the first session.';
comment on column public.song_analytics.weekly_views is 'Views of the last 7 days in UTC, today included; monthly_views has those of the last 30.';
comment on column public.song_analytics.popularity_score is
  'Views, favourites and shares, each decaying by e in 30 days from its own day, as of 1 January 2026. So time alone changes no '
  'row and no order. private.popularity_now returns today''s value.';
comment on column public.song_analytics.trend_score is 'Likewise with 2 days instead of 30, as a logarithm; null without any.';

create index song_analytics_popularity_score_song_id_idx on public.song_analytics (popularity_score desc, song_id desc);
create index song_analytics_view_count_song_id_idx on public.song_analytics (view_count desc, song_id desc);
create index song_analytics_favorite_count_song_id_idx on public.song_analytics (favorite_count desc, song_id desc);
create index song_analytics_trend_score_song_id_idx on public.song_analytics (trend_score desc, song_id desc) where trend_score is not null;

create view public.song_list_view
with (security_invoker = true)
as
select
  s.id, s.title, s.artist, s.album, s.genre, s.key, s.tempo, s.difficulty_level, s.language, s.year, s.visibility, s.created_by,
  s.created_at, s.updated_at,
  p.display_name as creator_name,
  array(select t.label from public.song_tags t where t.song_id = s.id order by t.tag_name) as tags,
  coalesce(a.view_count, 0) as view_count,
  coalesce(a.favorite_count, 0) as favorite_count,
  coalesce(a.popularity_score, 0) as popularity_score
from public.songs s
join public.profiles p on p.id = s.created_by
left join public.song_analytics a on a.song_id = s.id
where s.deleted_at is null;
comment on view public.song_list_view is
  'Living songs that the reader may see, with their owner''s name and their tags, which are gathered row by row of a page.';

create view public.song_search_view
with (security_invoker = true)
as
select
  s.id, s.title, s.artist, s.album, s.genre, s.key, s.difficulty_level, s.created_by, s.visibility,
  concat_ws(' ', s.title, s.artist, s.album, s.genre, s.lyrics) as searchable_text,
  (select string_agg(t.label, ' ' order by t.tag_name) from public.song_tags t where t.song_id = s.id) as tag_string,
  (select string_agg(c.chord_name, ' ' order by c.chord_position) from public.song_chords c where c.song_id = s.id) as chord_string
from public.songs s
where s.deleted_at is null;
comment on view public.song_search_view is
  'The words, tags and chords of living songs that the reader may see, for exports; search_songs is what searches.';

create function private.calculate_popularity_score(
  p_view_count bigint,
  p_favorite_count bigint,
  p_share_count bigint,
  p_created_at timestamptz
)
returns double precision
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Within what a float holds until the year 2082.
  return (p_view_count + 5.0::double precision * p_favorite_count + 10.0::double precision * p_share_count) / 100
    * exp(least(greatest(
        extract(epoch from p_created_at - private.popularity_epoch() at time zone 'utc')::double precision / 86400 / 30, -690), 690));
end
$$;
comment on function private.calculate_popularity_score is
  'The weight of views, favourites and shares of one moment, decaying by e in 30 days, as of 1 January 2026. A song''s '
  'score is the sum over its days.';

create function private.popularity_now(score double precision)
returns double precision
language plpgsql
stable
parallel safe
set search_path = ''
as $$
begin
  return score * exp(extract(epoch from private.popularity_epoch() at time zone 'utc' - now())::double precision / 86400 / 30);
end
$$;
comment on function private.popularity_now is 'A popularity score as it is today: what the seed''s formula gives to what happened now.';

create function private.is_behind(popularity double precision, score double precision)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return abs(score - popularity) > 0.1 * popularity;
end
$$;
comment on function private.is_behind is
  'Whether to write a song''s score to its own row. That row is in a dozen indexes, three of them of words, and writing it takes as long '
  'as counting a hundred songs. So it follows the score in steps of a tenth, the first one at once.';

create function private.forget_figures()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- The roll-up may hold the same rows, in another order.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.roll-up', 0));
  delete from private.analytics_quarters q where q.entity_id in (select g.id from gone g);
  delete from private.analytics_days d where d.entity_id in (select g.id from gone g);
  return null;
end
$$;
comment on function private.forget_figures is 'Trigger: a song''s figures go with it.';

create function private.forget_person()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.roll-up', 0));
  delete from private.analytics_viewers v where v.user_id = new.id;
  delete from private.analytics_events e where e.entity_id = new.id;
  delete from private.analytics_marks m where m.entity_id = new.id;
  delete from private.analytics_quarters q where q.entity_id = new.id;
  delete from private.analytics_days d where d.entity_id = new.id;
  return null;
end
$$;
comment on function private.forget_person is
  'Trigger: of a deleted person no figures remain, and what they looked at stays counted, without a user.';

create trigger songs_forget_figures
after delete on public.songs
referencing old table as gone
for each statement
execute function private.forget_figures();

create trigger profiles_forget_analytics
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.forget_person();

alter table public.song_analytics enable row level security;

create policy "Visitors see the counters of public songs"
on public.song_analytics
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the counters of songs they see"
on public.song_analytics
for select
to authenticated
using (private.can_see_song(song_id));

insert into private.analytics_state default values;

revoke all on
  public.song_list_view, public.song_search_view, public.song_analytics, private.analytics_quarters, private.analytics_days,
  private.analytics_state, private.analytics_unfed
from public, anon, authenticated, service_role;
grant select on public.song_list_view, public.song_search_view, public.song_analytics to service_role;
revoke execute on function
  private.calculate_popularity_score(bigint, bigint, bigint, timestamptz),
  private.popularity_now(double precision),
  private.is_behind(double precision, double precision),
  private.forget_figures(),
  private.forget_person()
from public, anon, authenticated, service_role;

-- The roll-up takes marks away and sets the figures that they name to what the log says.
--
-- Marks and events commit together. A mark that the roll-up sees has its events in sight, and what commits later has a mark of
-- its own
-- that is still there. So each figure equals a recount once all marks are gone, whatever ran at once, crashed or ran twice.

create function private.update_song_analytics(song_ids uuid[])
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  today date := (clock_timestamp() at time zone 'utc')::date;
  held uuid[];
  changed bigint;
begin
  -- Songs that go away at this moment are left to a later run: two lists of rows in two orders would wait for each other.
  select array_agg(h.id) into held
  from (select s.id from public.songs s where s.id = any (song_ids) order by s.id for key share skip locked) as h;
  insert into private.analytics_marks (entity_id)
  select s.id from public.songs s where s.id = any (song_ids) and s.id <> all (coalesce(held, '{}'));

  insert into public.song_analytics as t (
    song_id, view_count, edit_count, share_count, favorite_count, last_viewed_at, last_edited_at, avg_session_duration_seconds,
    weekly_views, monthly_views, popularity_score, trend_score
  )
  select
    s.id, coalesce(d.views, 0), s.version - 1, coalesce(d.shares, 0) + a.shares, coalesce(f.favorites, 0), d.last_viewed_at,
    case when s.version > 1 then s.updated_at end, d.avg_seconds, coalesce(d.weekly, 0), coalesce(d.monthly, 0),
    least(coalesce(p.score, 0), 1e300), p.trend
  from unnest(held) as h (id)
  join public.songs s on s.id = h.id
  cross join lateral (
    select
      (sum(x.count) filter (where x.kind = 'song_view'))::bigint as views,
      (sum(x.count) filter (where x.kind = 'song_share'))::bigint as shares,
      (sum(x.count) filter (where x.kind = 'song_view' and x.day > today - 7))::bigint as weekly,
      (sum(x.count) filter (where x.kind = 'song_view' and x.day > today - 30))::bigint as monthly,
      max(x.last_at) filter (where x.kind = 'song_view') as last_viewed_at,
      round((sum(x.seconds) filter (where x.kind = 'song_session')) / sum(x.count) filter (where x.kind = 'song_session'))::integer
        as avg_seconds
    from private.analytics_days x
    where x.entity_id = s.id and x.kind in ('song_view', 'song_session', 'song_share')
  ) as d
  cross join lateral (select count(*) as favorites from public.song_favorites v where v.song_id = s.id) as f
  -- Each person once, however often they left and came back.
  cross join lateral (
    select count(distinct v.shared_with) as shares
    from public.shares v
    where v.song_id = s.id and v.accepted_at is not null
  ) as a
  cross join lateral (
    select
      sum(private.calculate_popularity_score(w.views, w.favorites, w.shares, w.day::timestamp at time zone 'utc') order by w.day) as score,
      -- Against today, so that nothing overflows; what is years old adds nothing any more.
      round((ln(nullif(sum((w.views + 5 * w.favorites + 10 * w.shares) * exp(greatest((w.day - today)::double precision / 2, -600))), 0))
        + (today - private.popularity_epoch())::double precision / 2)::numeric, 6)::double precision as trend
    from (
      select
        k.day,
        coalesce(sum(k.count) filter (where k.kind = 'song_view'), 0)::bigint as views,
        coalesce(sum(k.count) filter (where k.kind = 'song_favorite'), 0)::bigint as favorites,
        coalesce(sum(k.count) filter (where k.kind = 'song_share'), 0)::bigint as shares
      from (
        select x.day, x.kind, x.count
        from private.analytics_days x
        where x.entity_id = s.id and x.kind in ('song_view', 'song_share')
        union all
        select (v.created_at at time zone 'utc')::date, 'song_favorite', count(*)
        from public.song_favorites v
        where v.song_id = s.id and v.user_id <> s.created_by
        group by 1
        union all
        select (v.accepted_at at time zone 'utc')::date, 'song_share', count(*)
        from (
          select min(o.accepted_at) as accepted_at
          from public.shares o
          where o.song_id = s.id and o.accepted_at is not null and o.shared_with is not null
          group by o.shared_with
        ) as v
        group by 1
      ) as k
      group by k.day
    ) as w
  ) as p
  on conflict (song_id) do update
  set
    view_count = excluded.view_count,
    edit_count = excluded.edit_count,
    share_count = excluded.share_count,
    favorite_count = excluded.favorite_count,
    last_viewed_at = excluded.last_viewed_at,
    last_edited_at = excluded.last_edited_at,
    avg_session_duration_seconds = excluded.avg_session_duration_seconds,
    weekly_views = excluded.weekly_views,
    monthly_views = excluded.monthly_views,
    popularity_score = excluded.popularity_score,
    trend_score = excluded.trend_score,
    updated_at = clock_timestamp()
  where
    (t.view_count, t.edit_count, t.share_count, t.favorite_count, t.last_viewed_at, t.last_edited_at, t.avg_session_duration_seconds,
      t.weekly_views, t.monthly_views, t.popularity_score, t.trend_score)
    is distinct from
    (excluded.view_count, excluded.edit_count, excluded.share_count, excluded.favorite_count, excluded.last_viewed_at,
      excluded.last_edited_at, excluded.avg_session_duration_seconds, excluded.weekly_views, excluded.monthly_views,
      excluded.popularity_score, excluded.trend_score);
  get diagnostics changed = row_count;

  insert into private.analytics_unfed (song_id)
  select s.id
  from public.song_analytics a
  join public.songs s on s.id = a.song_id
  where a.song_id = any (held) and private.is_behind(s.popularity, a.popularity_score);
  return changed;
end
$$;
comment on function private.update_song_analytics is
  'Sets the counters and scores of songs from the daily figures, the favourites and the songs, and queues the songs whose own row is behind.';

create function private.forget_salt(today date)
returns void
language plpgsql
set search_path = ''
-- Everybody who comes waits behind it, so it does not wait for long itself.
set lock_timeout = '200ms'
as $$
declare
  salt private.analytics_salt;
begin
  if exists (select from private.analytics_state s where s.id and s.salted_on = today)
    and not exists (select from private.analytics_salt s where s.day < today)
  then
    return;
  end if;
  lock table private.analytics_salt, private.analytics_allowances, private.analytics_agents in access exclusive mode;
  select * into salt from private.analytics_salt s where s.day = today;
  -- A deleted row stays in its file until it is vacuumed; so there is a new file.
  truncate private.analytics_salt, private.analytics_allowances, private.analytics_agents;
  insert into private.analytics_salt (day, salt) select salt.day, salt.salt where salt.day is not null;
  update private.analytics_state s set salted_on = today where s.id;
exception
  when lock_not_available then
    raise notice 'the salt is in use; the next roll-up makes its file anew';
end
$$;
comment on function private.forget_salt is
  'Destroys the salts of days that are over, what their file may still hold of them, and yesterday''s allowances.';

create function private.roll_up_analytics(batch_size integer)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  today date := (clock_timestamp() at time zone 'utc')::date;
  aged date;
  handled bigint;
  ids uuid[];
  days date[];
  one_day date;
begin
  if batch_size is null or batch_size not between 1 and 1000000 then
    perform private.raise_error('invalid_input', 'unable to roll up; a batch has 1 to 1,000,000 marks', 'Choose a batch size.',
      '{"field": "batchSize"}');
  end if;
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.roll-up', 0)) then
    return null;
  end if;
  perform private.forget_salt(today);
  for n in 0..3 loop
    perform private.add_event_partition(today + n);
  end loop;

  -- Once a day: what weekly and monthly counters lose because it has become too old.
  select s.aged_until into aged from private.analytics_state s where s.id;
  if aged < today then
    insert into private.analytics_marks (entity_id)
    select distinct d.entity_id
    from private.analytics_days d
    where d.kind = 'song_view' and (d.day between aged - 6 and today - 7 or d.day between aged - 29 and today - 30);
    update private.analytics_state s set aged_until = today where s.id;
  end if;

  with taken as (
    delete from private.analytics_marks m
    where m.id in (select o.id from private.analytics_marks o order by o.id limit batch_size)
    returning m.entity_id, m.day
  )
  select sum(t.marks), array_agg(t.entity_id), array_agg(t.day)
  into handled, ids, days
  from (select taken.entity_id, taken.day, count(*) as marks from taken group by taken.entity_id, taken.day) as t;
  if handled is null then
    return 0;
  end if;

  -- In a statement after the one that took the marks, so that what it sees holds all their events.
  for one_day in select distinct d.day from unnest(days) as d (day) where d.day is not null order by d.day loop
    insert into private.analytics_quarters as q (entity_id, kind, at, country, count, seconds, last_at)
    select e.entity_id, e.kind, date_bin('15 minutes', e.at, 'epoch'), coalesce(e.country, ''), count(*),
      coalesce(sum(e.duration_seconds), 0), max(e.at)
    from (select u.id from unnest(ids, days) as u (id, day) where u.day = one_day) as t
    join private.analytics_events e on e.entity_id = t.id
    where e.day = one_day
    group by 1, 2, 3, 4
    on conflict (entity_id, kind, at, country) do update
    set count = excluded.count, seconds = excluded.seconds, last_at = excluded.last_at
    where (q.count, q.seconds, q.last_at) is distinct from (excluded.count, excluded.seconds, excluded.last_at);

    insert into private.analytics_days as d (entity_id, kind, day, count, seconds, last_at)
    select q.entity_id, q.kind, one_day, sum(q.count), sum(q.seconds), max(q.last_at)
    from (select u.id from unnest(ids, days) as u (id, day) where u.day = one_day) as t
    join private.analytics_quarters q on q.entity_id = t.id
    where q.at >= one_day::timestamp at time zone 'utc' and q.at < (one_day + 1)::timestamp at time zone 'utc'
    group by 1, 2
    on conflict (entity_id, kind, day) do update
    set count = excluded.count, seconds = excluded.seconds, last_at = excluded.last_at
    where (d.count, d.seconds, d.last_at) is distinct from (excluded.count, excluded.seconds, excluded.last_at);
  end loop;

  perform private.update_song_analytics(array(select distinct u.id from unnest(ids) as u (id) order by u.id));
  return handled;
end
$$;
comment on function private.roll_up_analytics is
  'Counts again the figures that up to one batch of marks names, and returns how many marks it took: less than a batch when no mark is '
  'left, null when another roll-up runs. Also creates the next partitions and destroys yesterday''s salt.';

create function public.roll_up_analytics(batch_size integer default 10000)
returns bigint
language sql
set search_path = ''
as $$
  select private.roll_up_analytics(batch_size)
$$;
comment on function public.roll_up_analytics is
  'For the service: one batch of the roll-up. Answers how many marks it took; call it until that is less than the batch, or null, which '
  'says that another one runs.';

revoke execute on function
  private.update_song_analytics(uuid[]),
  private.forget_salt(date),
  private.roll_up_analytics(integer),
  public.roll_up_analytics(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.roll_up_analytics(integer),
  public.roll_up_analytics(integer)
to service_role;

-- Popularity scores and popular tags.

create function private.refresh_popularity(batch_size integer)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  places bigint[];
  wanted uuid[];
  handled bigint;
begin
  if batch_size is null or batch_size not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to refresh popularity; a batch has 1 to 100,000 songs', 'Choose a batch size.',
      '{"field": "batchSize"}');
  end if;
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.popularity', 0)) then
    return null;
  end if;
  select array_agg(u.id), array_agg(distinct u.song_id) into places, wanted
  from (select o.id, o.song_id from private.analytics_unfed o order by o.id limit batch_size) as u;
  -- A song that is being changed at this moment is left to the next batch.
  update public.songs s
  set popularity = b.popularity_score
  from (
    select o.id, a.popularity_score
    from public.songs o
    join public.song_analytics a on a.song_id = o.id
    where o.id = any (wanted) and private.is_behind(o.popularity, a.popularity_score)
    order by o.id
    for no key update of o skip locked
  ) as b
  where s.id = b.id;
  delete from private.analytics_unfed u
  where u.id = any (places) and not exists (
    select
    from public.songs s
    join public.song_analytics a on a.song_id = s.id
    where s.id = u.song_id and private.is_behind(s.popularity, a.popularity_score)
  );
  get diagnostics handled = row_count;
  return handled;
end
$$;
comment on function private.refresh_popularity is
  'Writes scores to the songs'' own rows, which searches walk, and returns how many places of the queue it took: 0 when there is '
  'nothing to do, null when another refresh runs. Time alone makes no row stale.';

create function public.refresh_popularity(batch_size integer default 200)
returns bigint
language sql
set search_path = ''
as $$
  select private.refresh_popularity(batch_size)
$$;
comment on function public.refresh_popularity is
  'For the service: one batch of songs whose popularity changed by a tenth; answers how many it took. Call it until 0 or null.';

create function private.recompute_popular_tags()
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  today date := (clock_timestamp() at time zone 'utc')::date;
  changed bigint;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.tags', 0));
  with counted as materialized (
    select
      t.tag_name,
      mode() within group (order by t.label) as label,
      mode() within group (order by t.category_id) as category_id,
      count(*)::integer as usage_count,
      round((ln(sum(exp(greatest(extract(epoch from t.created_at - today)::double precision / 86400 / 7, -600))))
        + (today - private.popularity_epoch())::double precision / 7)::numeric, 6)::double precision as trend_score,
      max(t.created_at) as last_used_at
    from public.song_tags t
    join public.songs s on s.id = t.song_id
    where s.visibility = 'public' and s.deleted_at is null
    group by t.tag_name
  ),
  put as (
    insert into public.popular_tags as p (tag_name, label, category_id, usage_count, trend_score, last_used_at)
    select c.tag_name, c.label, c.category_id, c.usage_count, c.trend_score, c.last_used_at
    from counted c
    on conflict (tag_name) do update
    set label = excluded.label, category_id = excluded.category_id, usage_count = excluded.usage_count,
      trend_score = excluded.trend_score, last_used_at = excluded.last_used_at, updated_at = clock_timestamp()
    where (p.label, p.category_id, p.usage_count, p.trend_score, p.last_used_at)
      is distinct from (excluded.label, excluded.category_id, excluded.usage_count, excluded.trend_score, excluded.last_used_at)
    returning p.tag_name
  ),
  gone as (
    delete from public.popular_tags p
    where not exists (select from counted c where c.tag_name = p.tag_name)
    returning p.tag_name
  )
  select (select count(*) from put) + (select count(*) from gone) into changed;
  return changed;
end
$$;
comment on function private.recompute_popular_tags is
  'Sets the popular tags from the public songs that are not deleted, and returns how many changed. The trend decays by e in 7 days and is '
  'a logarithm as of 1 January 2026, so that time alone changes no row.';

create function public.recompute_popular_tags()
returns bigint
language sql
set search_path = ''
as $$
  select private.recompute_popular_tags()
$$;
comment on function public.recompute_popular_tags is 'For the service: recomputes the popular tags and returns how many changed.';

revoke execute on function
  private.refresh_popularity(integer),
  public.refresh_popularity(integer),
  private.recompute_popular_tags(),
  public.recompute_popular_tags()
from public, anon, authenticated, service_role;
grant execute on function
  private.refresh_popularity(integer),
  public.refresh_popularity(integer),
  private.recompute_popular_tags(),
  public.recompute_popular_tags()
to service_role;

-- Periods in a time zone, and the counts in them.

create function private.may_see_song_figures(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.role_rank(private.role_in('song', song_id)) >= private.role_rank('edit'), false);
end
$$;
comment on function private.may_see_song_figures is
  'Whether the caller sees how a song is used: its owner, admins and editors. The one definition behind all that is read here.';

create function private.read_time_zone(named text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  zone text := lower(named);
  found text[];
begin
  -- Figures are kept by the quarter of an hour, so an offset is a multiple of one. PostgreSQL would take far more: abbreviations, of which a setting says what they mean, and POSIX texts, in which +05:30 lies west.
  found := regexp_match(zone, '^(?:utc|gmt)?([-+−])(?:([0-9]{1,2})|([0-9]{1,2}):(00|15|30|45)|([0-9]{2})(00|15|30|45))$');
  if found is not null then
    if coalesce(found[2], found[3], found[5])::integer * 60 + coalesce(found[4], found[6], '0')::integer > 840 then
      return null;
    end if;
    return format('<%1$s>%2$s%1$s', lpad(coalesce(found[2], found[3], found[5]), 2, '0') || ':' || coalesce(found[4], found[6], '00'),
      case when found[1] = '+' then '-' else '+' end);
  end if;
  return case
    when zone in ('utc', 'z', 'gmt', 'uct', 'zulu', 'universal', 'greenwich', 'gmt0') then 'UTC'
    -- Nothing in it that a POSIX text needs.
    when zone ~ '^[a-z_]+(-[a-z]+)*(/[a-z_]+(-[a-z]+)*)+$' then zone
    when zone ~ '^etc/gmt(0|[+-][0-9]|[+-]1[0-2]|-1[34])$' then zone
    when zone in ('cuba', 'egypt', 'eire', 'gb', 'gb-eire', 'hongkong', 'iceland', 'iran', 'israel', 'jamaica', 'japan', 'kwajalein', 'libya',
      'navajo', 'nz', 'nz-chat', 'poland', 'portugal', 'prc', 'roc', 'rok', 'singapore', 'turkey', 'w-su') then zone
    when zone = 'wet' then 'Europe/Lisbon'
    when zone in ('cet', 'met') then 'Europe/Brussels'
    when zone = 'eet' then 'Europe/Athens'
    when zone = 'est5edt' then 'America/New_York'
    when zone = 'cst6cdt' then 'America/Chicago'
    when zone = 'mst7mdt' then 'America/Denver'
    when zone = 'pst8pdt' then 'America/Los_Angeles'
  end;
end
$$;
comment on function private.read_time_zone is
  'A time zone in the form that PostgreSQL needs: an ISO offset or the form of an IANA name; null for anything else. Names are not looked up here.';

create function private.figure_period(
  from_day date,
  to_day date,
  time_zone text,
  out first_day date,
  out last_day date,
  out starts timestamptz,
  out ends timestamptz,
  out zone text
)
language plpgsql
stable
set search_path = ''
as $$
declare
  today date;
  wrong text;
begin
  zone := private.read_time_zone(time_zone);
  begin
    today := (clock_timestamp() at time zone zone)::date;
  exception
    when invalid_parameter_value then
      null;
  end;
  if today is null then
    perform private.raise_error('invalid_input', 'unable to read figures; there is no such time zone',
      'Use a name such as America/Santiago, or an offset such as -03:00.', '{"field": "timeZone"}');
  end if;
  wrong := case
    when not from_day between '0001-01-01' and '9999-12-31' then 'from'
    when not to_day between '0001-01-01' and '9999-12-31' then 'to'
  end;
  if wrong is not null then
    perform private.raise_error('invalid_input', 'unable to read figures; a day lies in the years 1 to 9999', 'Correct the day.',
      jsonb_build_object('field', wrong));
  end if;
  last_day := coalesce(to_day, today);
  first_day := coalesce(from_day, last_day - 29);
  if last_day < first_day or last_day - first_day > 399 then
    perform private.raise_error('invalid_input', 'unable to read figures; a period has 1 to 400 days', 'Ask for a shorter period.',
      '{"field": "from"}');
  end if;
  starts := first_day::timestamp at time zone zone;
  ends := (last_day + 1)::timestamp at time zone zone;
  -- Where clocks go back over midnight the day begins at the first of the two.
  if ((starts - interval '1 hour') at time zone zone)::date = first_day then
    starts := starts - interval '1 hour';
  end if;
  if ((ends - interval '1 hour') at time zone zone)::date = last_day + 1 then
    ends := ends - interval '1 hour';
  end if;
end
$$;
comment on function private.figure_period is 'Days of a zone as instants; by default the last 30 days.';

create function private.require_figures(operation text, subject text, entity_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if subject = 'profile' and entity_id = caller then
    return;
  elsif subject = 'song' and private.may_see_song_figures(entity_id) then
    return;
  elsif subject = 'song' and not private.can_see_song(entity_id) then
    perform private.raise_error('song_not_found', format('unable to %s; there is no song with that id', operation), 'Check the id.');
  elsif not exists (select from public.profiles p where p.id = entity_id and p.user_id is not null) and subject = 'profile' then
    perform private.raise_error('profile_not_found', format('unable to %s; there is no such user', operation), 'Check the id.');
  end if;
  perform private.raise_error('forbidden', format('unable to %s; only the owner can read these figures', operation), 'Sign in as the owner.');
end
$$;
comment on function private.require_figures is 'Raises unless the caller may see how a song or a profile is used.';

create function private.unique_viewers(entity_id uuid, kind text, starts timestamptz, ends timestamptz, out viewers bigint, out estimated boolean)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  estimated := (
    select coalesce(sum(q.count), 0)
    from private.analytics_quarters q
    where q.entity_id = unique_viewers.entity_id and q.kind = unique_viewers.kind and q.at >= starts and q.at < ends
  ) > 50000;
  if estimated then
    select count(distinct e.viewer) * 64 into viewers
    from private.analytics_events e
    where e.entity_id = unique_viewers.entity_id and e.kind = unique_viewers.kind and e.at >= starts and e.at < ends
      and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date
      and (uuid_hash(e.viewer) & 63) = 0;
  else
    select count(distinct e.viewer) into viewers
    from private.analytics_events e
    where e.entity_id = unique_viewers.entity_id and e.kind = unique_viewers.kind and e.at >= starts and e.at < ends
      and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date;
  end if;
end
$$;
comment on function private.unique_viewers is
  'The number of different viewers: users over the whole period, visitors again each day. Above 50,000 views it is an estimate from one viewer in 64.';

create function private.count_figures(entity_id uuid, starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(t.kind, jsonb_build_object('count', t.count, 'seconds', t.seconds)), '{}')
    from (
      select q.kind, sum(q.count) as count, sum(q.seconds) as seconds
      from private.analytics_quarters q
      where q.entity_id = count_figures.entity_id and q.at >= starts and q.at < ends
      group by q.kind
    ) as t
  );
end
$$;
comment on function private.count_figures is 'Each kind of event in a period, with its seconds.';

create function private.count_countries(entity_id uuid, kind text, starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('country', nullif(t.country, ''), 'views', t.views) order by t.views desc, t.country), '[]')
    from (
      select q.country, sum(q.count) as views
      from private.analytics_quarters q
      where q.entity_id = count_countries.entity_id and q.kind = count_countries.kind and q.at >= starts and q.at < ends
      group by q.country
    ) as t
  );
end
$$;
comment on function private.count_countries is 'Views by country, the most first; null for views without a known country.';

revoke execute on function
  private.may_see_song_figures(uuid),
  private.read_time_zone(text),
  private.figure_period(date, date, text),
  private.require_figures(text, text, uuid),
  private.unique_viewers(uuid, text, timestamptz, timestamptz),
  private.count_figures(uuid, timestamptz, timestamptz),
  private.count_countries(uuid, text, timestamptz, timestamptz)
from public, anon, authenticated, service_role;

-- The calls that read figures. All users see a song's counters, editors its use, users the figures of their own profile.

create function private.get_song_analytics(song_id uuid, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  period record;
  counted jsonb;
  unique_ones record;
  counters jsonb;
  details jsonb;
begin
  if song_id is null or not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to read figures; there is no song with that id', 'Check the id.');
  end if;
  select * into period from private.figure_period(from_day, to_day, time_zone);
  select jsonb_build_object(
    'song_id', s.id,
    'view_count', coalesce(a.view_count, 0),
    'share_count', coalesce(a.share_count, 0),
    'favorite_count', coalesce(a.favorite_count, 0),
    'weekly_views', coalesce(a.weekly_views, 0),
    'monthly_views', coalesce(a.monthly_views, 0),
    'popularity_score', private.popularity_now(coalesce(a.popularity_score, 0)),
    'updated_at', a.updated_at
  ), jsonb_build_object(
    'edit_count', coalesce(a.edit_count, 0),
    'last_viewed_at', a.last_viewed_at,
    'last_edited_at', a.last_edited_at,
    'avg_session_duration_seconds', a.avg_session_duration_seconds
  )
  into counters, details
  from public.songs s
  left join public.song_analytics a on a.song_id = s.id
  where s.id = get_song_analytics.song_id;
  if not private.may_see_song_figures(song_id) then
    return counters || '{"details": null}';
  end if;
  counted := private.count_figures(song_id, period.starts, period.ends);
  select * into unique_ones from private.unique_viewers(song_id, 'song_view', period.starts, period.ends);
  return counters || jsonb_build_object('details', details || jsonb_build_object(
    'from_day', period.first_day,
    'to_day', period.last_day,
    'views', coalesce(counted -> 'song_view' -> 'count', '0'),
    'unique_viewers', unique_ones.viewers,
    'estimated', unique_ones.estimated,
    'sessions', coalesce(counted -> 'song_session' -> 'count', '0'),
    'session_seconds', coalesce(counted -> 'song_session' -> 'seconds', '0'),
    'shares', coalesce(counted -> 'song_share' -> 'count', '0'),
    'countries', private.count_countries(song_id, 'song_view', period.starts, period.ends)
  ));
end
$$;

create function public.get_song_analytics(
  song_id uuid,
  from_day date default null,
  to_day date default null,
  time_zone text default 'UTC'
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_song_analytics(song_id, from_day, to_day, time_zone)
$$;
comment on function public.get_song_analytics is
  'The counters of a song that the caller sees. The owner, admins and editors also get its use in a period of at most 400 days of a time zone.';

create function private.get_profile_analytics(profile_id uuid, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  person uuid := coalesce(profile_id, private.require_user());
  period record;
  counted jsonb;
  unique_ones record;
begin
  perform private.require_figures('read figures', 'profile', person);
  select * into period from private.figure_period(from_day, to_day, time_zone);
  counted := private.count_figures(person, period.starts, period.ends);
  select * into unique_ones from private.unique_viewers(person, 'profile_view', period.starts, period.ends);
  return jsonb_build_object(
    'profile_id', person,
    'from_day', period.first_day,
    'to_day', period.last_day,
    'views', coalesce(counted -> 'profile_view' -> 'count', '0'),
    'unique_viewers', unique_ones.viewers,
    'estimated', unique_ones.estimated,
    'contact_clicks', coalesce(counted -> 'contact_click' -> 'count', '0'),
    'conversations', coalesce(counted -> 'conversation' -> 'count', '0'),
    'conversions', coalesce(counted -> 'conversion' -> 'count', '0'),
    -- Positions have no gap, so the newest one is the count.
    'messages', (
      select coalesce(sum(c.last_seq), 0)
      from public.conversation_participants p
      join public.conversations c on c.id = p.conversation_id
      where p.user_id = person and c.kind = 'direct' and c.created_by <> person
        and c.created_at >= period.starts and c.created_at < period.ends
    ),
    'countries', private.count_countries(person, 'profile_view', period.starts, period.ends)
  );
end
$$;

create function public.get_profile_analytics(
  profile_id uuid default null,
  from_day date default null,
  to_day date default null,
  time_zone text default 'UTC'
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_profile_analytics(profile_id, from_day, to_day, time_zone)
$$;
comment on function public.get_profile_analytics is
  'How the caller''s own profile did in a period of at most 400 days: views, contact clicks, conversations that others opened and the '
  'messages in them, conversions.';

create function private.get_analytics_series(
  kind text,
  entity_id uuid,
  from_day date,
  to_day date,
  time_zone text,
  step text
)
returns table (day date, count bigint, seconds bigint)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  subject text := private.event_subject(get_analytics_series.kind);
  period record;
begin
  if subject is null then
    perform private.raise_error('invalid_input', 'unable to read figures; there is no such kind of event', 'Choose a documented kind.',
      '{"field": "kind"}');
  end if;
  if step is null or step not in ('day', 'week', 'month') then
    perform private.raise_error('invalid_input', 'unable to read figures; a step is a day, a week or a month', 'Choose one of them.',
      '{"field": "step"}');
  end if;
  perform private.require_figures('read figures', subject, get_analytics_series.entity_id);
  select * into period from private.figure_period(from_day, to_day, time_zone);
  return query
    select b.day, coalesce(sum(f.count), 0)::bigint, coalesce(sum(f.seconds), 0)::bigint
    from (
      select g.step_day::date as day
      from generate_series(date_trunc(step, period.first_day::timestamp), period.last_day::timestamp, case step when 'day' then interval '1 day' when 'week' then interval '7 days' else interval '1 month' end) as g (step_day)
    ) as b
    left join (
      select date_trunc(step, q.at at time zone period.zone)::date as day, q.count, q.seconds
      from private.analytics_quarters q
      where q.entity_id = get_analytics_series.entity_id and q.kind = get_analytics_series.kind
        and q.at >= period.starts and q.at < period.ends
    ) as f on f.day = b.day
    group by b.day
    order by b.day;
end
$$;

create function public.get_analytics_series(
  kind text,
  entity_id uuid,
  from_day date default null,
  to_day date default null,
  time_zone text default 'UTC',
  step text default 'day'
)
returns table (day date, count bigint, seconds bigint)
language sql
stable
set search_path = ''
as $$
  select * from private.get_analytics_series(kind, entity_id, from_day, to_day, time_zone, step)
$$;
comment on function public.get_analytics_series is
  'Counts one kind of event of the caller''s profile, or of a song that the caller may edit, by day, week from Monday or month of a time zone. Steps without events are included.';

revoke execute on function
  private.get_song_analytics(uuid, date, date, text),
  public.get_song_analytics(uuid, date, date, text),
  private.get_profile_analytics(uuid, date, date, text),
  public.get_profile_analytics(uuid, date, date, text),
  private.get_analytics_series(text, uuid, date, date, text, text),
  public.get_analytics_series(text, uuid, date, date, text, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_song_analytics(uuid, date, date, text),
  public.get_song_analytics(uuid, date, date, text)
to anon, authenticated;
grant execute on function
  private.get_profile_analytics(uuid, date, date, text),
  public.get_profile_analytics(uuid, date, date, text),
  private.get_analytics_series(text, uuid, date, date, text, text),
  public.get_analytics_series(text, uuid, date, date, text, text)
to authenticated;

-- Songs by popularity, trend, views or favourites.

create function private.top_songs(metric text, only_own boolean, page_size integer, before_value double precision, before_id uuid)
returns table (
  id uuid,
  title text,
  artist text,
  visibility text,
  created_by uuid,
  view_count bigint,
  share_count bigint,
  favorite_count bigint,
  weekly_views bigint,
  monthly_views bigint,
  popularity_score double precision,
  value numeric
)
language plpgsql
stable
security definer
set search_path = ''
-- A page ends at a value, so it is answered with every digit, whatever the connection says.
set extra_float_digits = 1
as $$
declare
  measure text := case metric
    when 'popularity' then 'popularity_score' when 'trend' then 'trend_score' when 'views' then 'view_count'
    when 'favorites' then 'favorite_count' end;
  kind text := case when metric in ('views', 'favorites') then 'bigint' else 'double precision' end;
  place text := '';
begin
  if measure is null then
    perform private.raise_error('invalid_input', 'unable to list songs; there is no such order', 'Choose popularity, trend, views or favorites.',
      '{"field": "by"}');
  end if;
  perform private.check_page_size('list songs', page_size, 200, 1);
  if only_own then
    perform private.require_user();
  end if;
  if before_value is not null then
    place := format(' and (a.%I, a.song_id) < ($2::%s, $3)', measure, kind);
  end if;
  return query execute format(
    'select s.id, s.title, s.artist, s.visibility, s.created_by, a.view_count, a.share_count, a.favorite_count, a.weekly_views, '
    'a.monthly_views, private.popularity_now(a.popularity_score), a.%1$I::text::numeric '
    'from public.song_analytics a join public.songs s on s.id = a.song_id '
    'where s.deleted_at is null and a.%1$I is not null and %2$s%3$s order by a.%1$I desc, a.song_id desc limit $1',
    measure,
    case when only_own then 's.created_by = $4' else 's.visibility = ''public''' end
      || case when metric = 'trend' then '' else format(' and a.%I > 0', measure) end,
    place)
  using page_size, before_value, before_id, auth.uid();
end
$$;

create function public.top_songs(
  metric text default 'popularity',
  only_own boolean default false,
  page_size integer default 50,
  before_value double precision default null,
  before_id uuid default null
)
returns table (
  id uuid,
  title text,
  artist text,
  visibility text,
  created_by uuid,
  view_count bigint,
  share_count bigint,
  favorite_count bigint,
  weekly_views bigint,
  monthly_views bigint,
  popularity_score double precision,
  value numeric
)
language sql
stable
set search_path = ''
as $$
  select * from private.top_songs(metric, only_own, page_size, before_value, before_id)
$$;
comment on function public.top_songs is
  'Public songs, or the caller''s own, by popularity, trend, views or favorites; a page of at most 201 after a value and an id.';

revoke execute on function
  private.top_songs(text, boolean, integer, double precision, uuid),
  public.top_songs(text, boolean, integer, double precision, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.top_songs(text, boolean, integer, double precision, uuid),
  public.top_songs(text, boolean, integer, double precision, uuid)
to anon, authenticated;

-- Figures as of now: what was rolled up, and what was not yet.

create function private.figure_subject(kind text)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.event_subject(kind), (select a.subject from private.app_events a where 'app:' || a.name = kind));
end
$$;
comment on function private.figure_subject is
  'What a kind of event is about: song or profile; null for a kind that neither the vocabulary nor the project''s own events have.';

create function private.live_quarters(entity_id uuid, kind text, starts timestamptz, ends timestamptz)
returns table (at timestamptz, count bigint, seconds bigint)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  due date[];
begin
  -- A stable function reads as of the snapshot of its caller's query. A roll-up takes marks and sets figures in one transaction, so this
  -- snapshot has either the marks or the new figures: each event is counted once.
  select coalesce(array_agg(distinct m.day), '{}') into due
  from private.analytics_marks m
  where m.entity_id = live_quarters.entity_id and m.day is not null;
  return query
    select q.at, sum(q.count)::bigint, sum(q.seconds)::bigint
    from private.analytics_quarters q
    where q.entity_id = live_quarters.entity_id and q.kind = live_quarters.kind and q.at >= starts and q.at < ends
      and (q.at at time zone 'utc')::date <> all (due)
    group by q.at
    union all
    select date_bin('15 minutes', e.at, 'epoch'), count(*), coalesce(sum(e.duration_seconds), 0)::bigint
    from private.analytics_events e
    where e.entity_id = live_quarters.entity_id and e.kind = live_quarters.kind and e.at >= starts and e.at < ends and e.day = any (due)
    group by 1;
end
$$;
comment on function private.live_quarters is
  'The counts of one kind of event by the quarter of an hour. Days that wait for the roll-up are counted from the log.';

create function private.is_sampled(entity_id uuid, kinds text[], starts timestamptz, ends timestamptz)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(q.count), 0) > 50000
    from private.analytics_quarters q
    where q.entity_id = is_sampled.entity_id and q.kind = any (kinds) and q.at >= starts and q.at < ends
  );
end
$$;
comment on function private.is_sampled is 'Whether so many events are read from one viewer in 64, as unique viewers are.';

create function private.read_log(entity_id uuid, kinds text[], starts timestamptz, ends timestamptz, sampled boolean)
returns setof private.analytics_events
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Two texts, because an index has the one viewer in 64.
  if sampled then
    return query
      select e.*
      from private.analytics_events e
      where e.entity_id = read_log.entity_id and e.kind = any (kinds) and e.at >= starts and e.at < ends
        and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date and (uuid_hash(e.viewer) & 63) = 0;
  else
    return query
      select e.*
      from private.analytics_events e
      where e.entity_id = read_log.entity_id and e.kind = any (kinds) and e.at >= starts and e.at < ends
        and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date;
  end if;
end
$$;
comment on function private.read_log is 'The logged events of a song or a profile in a period, or those of one viewer in 64.';

revoke execute on function
  private.figure_subject(text),
  private.live_quarters(uuid, text, timestamptz, timestamptz),
  private.is_sampled(uuid, text[], timestamptz, timestamptz),
  private.read_log(uuid, text[], timestamptz, timestamptz, boolean)
from public, anon, authenticated, service_role;

-- What the events of a period are made of: sources, channels, devices and properties, goals and weeks.

create function private.count_parts(entity_id uuid, kind text, part text, starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  sampled boolean := private.is_sampled(entity_id, array[kind], starts, ends);
  factor integer := case when sampled then 64 else 1 end;
begin
  return jsonb_build_object('estimated', sampled, 'parts', (
    select coalesce(jsonb_agg(jsonb_build_object('value', f.value, 'count', f.count * factor) order by f.count desc, f.value nulls first), '[]')
    from (
      -- Fewer than five viewers are nobody's business: they go to "other", and the next larger group with them where that is still too few.
      select case when r.viewers * factor < 5 or r.smaller * factor between 1 and 4 or r.place > 50 then 'other' else r.value end as value,
        sum(r.count) as count
      from (
        select g.value, g.count, g.viewers, row_number() over (order by g.count desc, g.value) as place,
          sum(g.viewers) over (order by g.viewers, g.value rows between unbounded preceding and 1 preceding) as smaller
        from (
          select v.value, count(*) as count, count(distinct e.viewer) as viewers
          from private.read_log(entity_id, array[kind], starts, ends, sampled) as e
          left join (
            select s.source, min(s.channel) as channel from private.analytics_sources s where s.source is not null group by s.source
          ) as c on part = 'channel' and c.source = e.source
          cross join lateral (
            select case part
              when 'source' then e.source
              when 'channel' then case when e.source is not null then coalesce(c.channel, 'site') end
              when 'device' then e.device
              else e.properties ->> substr(part, 10)
            end as value
          ) as v
          group by v.value
        ) as g
      ) as r
      group by 1
    ) as f
  ));
end
$$;
comment on function private.count_parts is
  'The events of one kind by source, channel, device or property:name, the most first; null where it is not known. No group has fewer than five viewers.';

create function private.count_goal(entity_id uuid, steps text[], starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  sampled boolean := private.is_sampled(entity_id, steps, starts, ends);
  counts bigint[];
begin
  with log as materialized (
    select e.viewer, e.kind, e.at from private.read_log(entity_id, steps, starts, ends, sampled) as e
  ),
  -- When each viewer first was that far: a step counts at or after the step before it.
  s1 as (select l.viewer, min(l.at) as at from log l where l.kind = steps[1] group by l.viewer),
  s2 as (select l.viewer, min(l.at) as at from s1 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[2] group by l.viewer),
  s3 as (select l.viewer, min(l.at) as at from s2 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[3] group by l.viewer),
  s4 as (select l.viewer, min(l.at) as at from s3 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[4] group by l.viewer),
  s5 as (select l.viewer, min(l.at) as at from s4 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[5] group by l.viewer)
  select array[(select count(*) from s1), (select count(*) from s2), (select count(*) from s3), (select count(*) from s4), (select count(*) from s5)]
  into counts;
  return jsonb_build_object('estimated', sampled, 'steps', (
    select jsonb_agg(jsonb_build_object('kind', steps[n], 'viewers', counts[n] * case when sampled then 64 else 1 end) order by n)
    from generate_series(1, cardinality(steps)) as n
  ));
end
$$;
comment on function private.count_goal is 'How many viewers did the first step, and then each next one, in this order.';

create function private.count_retention(entity_id uuid, kind text, first_day date, ends timestamptz, zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  -- From the beginning of the log: who came before the period is nobody new in it.
  began timestamptz := (
    select min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp at time zone 'utc'
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'private.analytics_events'::regclass and c.relname ~ '^analytics_events_[0-9]{8}$'
  );
  sampled boolean := private.is_sampled(entity_id, array[kind], began, ends);
  factor integer := case when sampled then 64 else 1 end;
  first_week date := date_trunc('week', first_day::timestamp)::date;
  last_week date := date_trunc('week', least(ends - interval '1 microsecond', clock_timestamp()) at time zone zone)::date;
  -- Up to when weeks are over.
  over_until date := (least(ends, clock_timestamp()) at time zone zone)::date;
begin
  return jsonb_build_object('estimated', sampled, 'cohorts', (
    with seen as materialized (
      select distinct e.viewer, date_trunc('week', e.at at time zone zone)::date as week
      from private.read_log(entity_id, array[kind], began, ends, sampled) as e
      -- Users have pseudonyms of version 4, also after their account is gone. A visitor is a new one on each day.
      where get_byte(uuid_send(e.viewer), 6) >> 4 = 4
    ),
    began_in as (
      select s.viewer, min(s.week) as cohort from seen s group by s.viewer having min(s.week) >= first_week
    ),
    counted as (
      select b.cohort, s.week, count(*) * factor as users from began_in b join seen s on s.viewer = b.viewer group by b.cohort, s.week
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'week', w.week,
      'users', coalesce(o.users, 0),
      'complete', w.week + 7 <= over_until,
      -- Of fewer than five users it would say what single users do.
      'returned', case when o.users >= 5 then (
        select coalesce(jsonb_agg(jsonb_build_object('week', r.week, 'users', coalesce(c.users, 0), 'complete', r.week + 7 <= over_until) order by r.week), '[]')
        from (select d::date as week from generate_series(w.week + 7, last_week::timestamp, interval '7 days') as d) as r
        left join counted c on c.cohort = w.week and c.week = r.week
      ) end
    ) order by w.week), '[]')
    from (select d::date as week from generate_series(first_week::timestamp, last_week::timestamp, interval '7 days') as d) as w
    left join counted o on o.cohort = w.week and o.week = w.week
  ));
end
$$;
comment on function private.count_retention is
  'Users by the ISO week of a zone in which they first came, and how many of them came again in each following week.';

revoke execute on function
  private.count_parts(uuid, text, text, timestamptz, timestamptz),
  private.count_goal(uuid, text[], timestamptz, timestamptz),
  private.count_retention(uuid, text, date, timestamptz, text)
from public, anon, authenticated, service_role;

-- All figures of a page of charts in one call.

create function private.refuse_figure(name text, field text, why text, hint text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', 'unable to read figures; ' || why, hint, jsonb_build_object('field', concat_ws('.', name, field)));
end
$$;
comment on function private.refuse_figure is 'Raises the error for a field of one of the figures that are asked for.';

create function private.live_series(entity_id uuid, kind text, first_day date, last_day date, starts timestamptz, ends timestamptz, zone text, step text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('day', b.day, 'count', coalesce(f.count, 0), 'seconds', coalesce(f.seconds, 0)) order by b.day)
    from (
      select g.step_day::date as day
      from generate_series(date_trunc(step, first_day::timestamp), last_day::timestamp, ('1 ' || step)::interval) as g (step_day)
    ) as b
    left join (
      select date_trunc(step, q.at at time zone zone)::date as day, sum(q.count) as count, sum(q.seconds) as seconds
      from private.live_quarters(entity_id, kind, starts, ends) as q
      group by 1
    ) as f on f.day = b.day
  );
end
$$;
comment on function private.live_series is 'One kind of event by the days, weeks or months of a zone, as of now.';

create function private.check_figure(name text, asked jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  figure text := case when jsonb_typeof(asked) = 'object' then asked ->> 'figure' end;
  allowed text[];
  unknown text;
  steps text[];
begin
  allowed := case figure
    when 'total' then array['kind'] when 'series' then array['kind', 'step'] when 'breakdown' then array['kind', 'by']
    when 'goal' then array['steps'] when 'retention' then array['kind'] end;
  if allowed is null then
    perform private.refuse_figure(name, 'figure', 'there is no such figure', 'Choose total, series, breakdown, goal or retention.');
  end if;
  allowed := allowed || array['figure', 'entity_id', 'from_day', 'to_day'];
  select min(k.key) into unknown from jsonb_object_keys(asked) as k (key) where k.key <> all (allowed);
  if unknown is not null then
    perform private.refuse_figure(name, unknown, 'the figure has no such field', 'Leave it out.');
  end if;
  if jsonb_typeof(asked -> 'entity_id') <> 'null' and asked ->> 'entity_id' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    perform private.refuse_figure(name, 'entity_id', 'an id is a UUID', 'Check the id.');
  end if;
  if figure = 'series' and coalesce(asked ->> 'step', 'day') not in ('day', 'week', 'month') then
    perform private.refuse_figure(name, 'step', 'a step is a day, a week or a month', 'Choose one of them.');
  end if;
  if figure = 'breakdown' and coalesce(asked ->> 'by', '') !~ '^(source|channel|device|property:[a-z][a-z0-9_]{0,39})$' then
    perform private.refuse_figure(name, 'by', 'there is no such part', 'Choose source, channel, device, or property: and a name.');
  end if;
  if jsonb_typeof(asked -> 'steps') = 'array' then
    steps := array(select distinct jsonb_array_elements_text(asked -> 'steps'));
    if cardinality(steps) <> jsonb_array_length(asked -> 'steps') then
      steps := null;
    end if;
  end if;
  if figure = 'goal' and coalesce(cardinality(steps), 0) not between 2 and 5 then
    perform private.refuse_figure(name, 'steps', 'a goal has 2 to 5 different steps', 'List the kinds of events in their order.');
  end if;
end
$$;
comment on function private.check_figure is 'Raises unless this is a figure that can be asked for.';

create function private.read_day(name text, field text, told text)
returns date
language plpgsql
stable
set search_path = ''
as $$
begin
  if told is null then
    return null;
  end if;
  if told ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
    return make_date(split_part(told, '-', 1)::integer, split_part(told, '-', 2)::integer, split_part(told, '-', 3)::integer);
  end if;
  perform private.refuse_figure(name, field, 'there is no such day', 'Write a day such as 2026-11-01.');
exception
  when datetime_field_overflow then
    perform private.refuse_figure(name, field, 'there is no such day', 'Write a day such as 2026-11-01.');
end
$$;
comment on function private.read_day is 'A day of a figure that is asked for.';

create function private.get_figure(name text, asked jsonb, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  figure text := asked ->> 'figure';
  kinds text[] := case figure when 'goal' then array(select jsonb_array_elements_text(asked -> 'steps')) else array[asked ->> 'kind'] end;
  subject text;
  entity uuid := (asked ->> 'entity_id')::uuid;
  period record;
  viewers record;
  total record;
begin
  foreach subject in array kinds loop
    subject := private.figure_subject(subject);
    if subject is null then
      perform private.refuse_figure(name, case figure when 'goal' then 'steps' else 'kind' end, 'there is no such kind of event',
        'Choose a documented kind, or app: and the name of an event that the project declared.');
    end if;
    entity := coalesce(entity, case subject when 'profile' then private.require_user() end);
    perform private.require_figures('read figures', subject, entity);
  end loop;
  select * into period
  from private.figure_period(
    coalesce(private.read_day(name, 'from_day', asked ->> 'from_day'), from_day),
    coalesce(private.read_day(name, 'to_day', asked ->> 'to_day'), to_day), time_zone);
  if figure = 'series' then
    return private.live_series(entity, kinds[1], period.first_day, period.last_day, period.starts, period.ends, period.zone,
      coalesce(asked ->> 'step', 'day'));
  elsif figure = 'breakdown' then
    return private.count_parts(entity, kinds[1], asked ->> 'by', period.starts, period.ends);
  elsif figure = 'goal' then
    return private.count_goal(entity, kinds, period.starts, period.ends);
  elsif figure = 'retention' then
    return private.count_retention(entity, kinds[1], period.first_day, period.ends, period.zone);
  end if;
  select coalesce(sum(q.count), 0) as count, coalesce(sum(q.seconds), 0) as seconds into total
  from private.live_quarters(entity, kinds[1], period.starts, period.ends) as q;
  select * into viewers from private.unique_viewers(entity, kinds[1], period.starts, period.ends);
  return jsonb_build_object('count', total.count, 'seconds', total.seconds, 'viewers', viewers.viewers, 'estimated', viewers.estimated);
end
$$;
comment on function private.get_figure is 'One figure of a page of charts.';

create function private.get_figures(asked jsonb, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  chart record;
  answer jsonb := '{}';
begin
  perform private.require_user();
  if jsonb_typeof(asked) is distinct from 'object' or (select count(*) from jsonb_object_keys(asked)) not between 1 and 20 then
    perform private.raise_error('invalid_input', 'unable to read figures; a request has 1 to 20 figures, each with a name', 'Send several requests.',
      '{"field": "asked", "limit": 20}');
  end if;
  for chart in select a.key, a.value from jsonb_each(asked) as a loop
    perform private.check_figure(chart.key, chart.value);
    answer := answer || jsonb_build_object(chart.key, private.get_figure(chart.key, chart.value, from_day, to_day, time_zone));
  end loop;
  return answer;
end
$$;

create function public.get_figures(asked jsonb, from_day date default null, to_day date default null, time_zone text default 'UTC')
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_figures(asked, from_day, to_day, time_zone)
$$;
comment on function public.get_figures is
  'Up to 20 figures of the caller''s profile, or of songs that the caller may edit, as of now: {name: {figure, kind or steps, entity_id, by, step, from_day, to_day}}. '
  'A figure is total, series, breakdown, goal or retention. Answers each under its name.';

revoke execute on function
  private.refuse_figure(text, text, text, text),
  private.live_series(uuid, text, date, date, timestamptz, timestamptz, text, text),
  private.check_figure(text, jsonb),
  private.read_day(text, text, text),
  private.get_figure(text, jsonb, date, date, text),
  private.get_figures(jsonb, date, date, text),
  public.get_figures(jsonb, date, date, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_figures(jsonb, date, date, text),
  public.get_figures(jsonb, date, date, text)
to authenticated;

commit;
