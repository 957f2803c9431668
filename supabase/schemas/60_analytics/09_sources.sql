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
