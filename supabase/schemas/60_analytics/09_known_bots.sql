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
