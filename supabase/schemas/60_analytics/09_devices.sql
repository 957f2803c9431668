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
