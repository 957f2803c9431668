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
