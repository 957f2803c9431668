/** Markup that would run, as somebody would put it into a song. */
const payloads = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 1">',
  '<svg onload=window.ran=1>',
  '"><script>window.ran = 1</script>',
  "' onmouseover='window.ran = 1",
  '</pre><iframe srcdoc="<script>parent.ran = 1</script>">',
  '</span></p><style>@import url(x)</style>',
  '<a href="javascript:window.ran = 1">x</a>',
  '<!--><script>window.ran = 1</script>-->',
  '<![CDATA[<script>window.ran = 1</script>]]>',
  '&lt;script&gt;window.ran = 1&lt;/script&gt;',
  '&#60;script&#62;window.ran = 1&#60;/script&#62;',
  '<scr\0ipt>window.ran = 1</scr\0ipt>',
  '\u003cscript\u003ewindow.ran = 1\u003c/script\u003e',
  '`><math><mtext><table><mglyph><style><img src=x onerror=window.ran=1>',
  '<base href="//example.com"><form action=x><button>x',
]

/** Every place where a text of the song's writer goes. */
const places: ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `{title: ${payload}}`,
  (payload) => `{subtitle: ${payload}}\n{artist: ${payload}}`,
  (payload) => `[${payload}]la`,
  (payload) => `[*${payload}]la [Am${payload}]le`,
  (payload) => `[C]${payload}[G]${payload}`,
  (payload) => `{comment: ${payload} [C]}\n{highlight: ${payload}}`,
  (payload) => `{start_of_verse: ${payload}}\nla\n{end_of_verse}`,
  (payload) => `{start_of_${payload.replace(/[\s:]/g, '/')}}\nla`,
  (payload) => `{soc}\nla\n{eoc}\n{chorus: ${payload}}`,
  (payload) => `{sot}\n${payload}\n{eot}\n{start_of_svg}\n${payload}\n{end_of_svg}`,
  (payload) => `{sog}\n| C ${payload} | Am~${payload} |\n{eog}`,
  (payload) => `{define: ${payload}}\n{image: ${payload}}\n{textcolour: ${payload}}\n{${payload}}`,
]

/** Over 200 songs whose writers mean harm. */
export function hostileTexts(): string[] {
  return places.flatMap((place) => payloads.map(place))
}
