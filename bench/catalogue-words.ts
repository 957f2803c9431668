/** The words that a language is made of: its commonest, in order, and syllables for all others. */
export const languages = [
  {
    code: 'en',
    common:
      "the you and i a to me my it in of your on that for is be all love so we know with don't like just when this no up but out what now go got oh yeah time baby let can down if never there see come one night say do heart way want feel make back gonna day from take they away girl more life here tell good man right little world through long eyes over home give too where need mind still only keep another her was not will are how have at as every who why always ain't alone dream again light look call run rain sun tonight fire hold hand stay river road blue sky moon gold summer dance sing song train star wind cold".split(
        ' ',
      ),
    syllables:
      'ba be bri cal cor da den dle el er fa fer gan gle ha hol in jor ka kel la ler li lo ly ma mer mi mon na ner nor o par per pre ra ren ri ro sa sen shi sol sta ster ta ter thi tor tra u ver vin wa wen wil yor'.split(
        ' ',
      ),
  },
  {
    code: 'es',
    common:
      'de la que y el en no a me mi tu un te es lo se por con amor los yo una si para las vida como del mas su ya corazón al quiero cuando hoy sin voy día esta solo ser todo noche siempre ti sé eres tiempo donde bien porque aquí vez estoy nunca pero mundo soy tan quién cielo alma mar luz sol nada mujer ojos canción tierra puede decir ver fuego mañana camino viento dios sueño luna besos flor pena río calle muy gente niña madre casa lejos llorar cantar bailar azul boca piel agua adiós verdad camino guitarra pueblo'.split(
        ' ',
      ),
    syllables:
      'a ba ca ce ci co cha da de di do fa fi ga go gri ja jo la le li lo lla ma me mi mo mu na ne ni no ña o pa pe pi po que ra re rri ro sa se si so ta te ti to tra tris u va ve vi ya yo za zón'.split(
        ' ',
      ),
  },
  {
    code: 'pt',
    common:
      'de que o a e não eu me você um é do meu da se mais te em pra no amor uma por na com minha os quando coração tudo só vai seu bem vou já vida tem ser como mas quem sou esse sem sei ela mundo dia ele nada noite tempo assim onde nunca mim hoje gente saudade quero aqui lá mar céu sol lua olhar samba cantar chorar flor sonho paixão menina beijo rua alegria tristeza morena chão água vento estrela manhã canção violão roda praia feliz solidão'.split(
        ' ',
      ),
    syllables:
      'a ba ca ce ço ção da de di do e fa fe ga go gu ja jo la le lha li lo ma me mi mo na ne nha ni no o pa pe pi po que ra re ri ro rra sa se si so ta te ti to u va ve vi vo xa xe zi zo'.split(
        ' ',
      ),
  },
] as const

/** Steps above the key and the chord's quality. */
export const progressions: readonly (readonly [number, string])[][] = [
  [
    [0, ''],
    [7, ''],
    [9, 'm'],
    [5, ''],
  ],
  [
    [0, ''],
    [5, ''],
    [7, ''],
  ],
  [
    [9, 'm'],
    [5, ''],
    [0, ''],
    [7, ''],
  ],
  [
    [0, ''],
    [9, 'm'],
    [5, ''],
    [7, ''],
  ],
  [
    [2, 'm'],
    [7, '7'],
    [0, 'maj7'],
  ],
  [
    [0, ''],
    [4, 'm'],
    [5, ''],
    [7, ''],
  ],
  [
    [9, 'm'],
    [7, ''],
    [5, ''],
    [4, '7'],
  ],
  [
    [0, '7'],
    [5, '7'],
    [7, '7'],
  ],
  [
    [0, 'm'],
    [10, ''],
    [8, ''],
    [7, ''],
  ],
  [
    [0, 'm'],
    [5, 'm'],
    [7, '7'],
  ],
  [
    [0, ''],
    [10, ''],
    [5, ''],
  ],
  [
    [0, ''],
    [2, '7'],
    [7, '7'],
    [0, ''],
  ],
]
