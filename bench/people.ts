import type postgres from 'postgres'

const firstNames =
  'Ana Luis María José Carmen Diego Inês Bento Clara João Sofía Mateo Valentina Santiago Camila Sebastián Lucía Martín Elena Tomás Paula Andrés Julia Pedro Laura Nicolás Beatriz Rafael Teresa Iván Noa Hugo Marta Álvaro Irene Óscar Sara Joaquín Emma Gabriel Olga Bruno Silvia Marcos Rocío Simón Alba León Vera Adrián Zoé Nuño Chloé Iñigo Zulema Renata Facundo Thiago Abril Luz'.split(
    ' ',
  )
const lastNames =
  'Ruiz García Quispe Carvalho Duarte Fernández López Martínez Sánchez Pérez Gómez Díaz Rojas Muñoz Torres Vargas Castro Ramos Silva Souza Oliveira Pereira Costa Almeida Núñez Ortega Delgado Herrera Medina Aguilar Vega Molina Suárez Ibáñez Peña Cabrera Fuentes Navarro Cortés Lozano Salas Bravo Mendoza Paredes Ríos Acuña Bustos Cárdenas Espinoza Figueroa Guzmán Hidalgo Jara Leiva Maldonado Olivares Pizarro Quiroga Riquelme Sepúlveda Tapia Ugarte Valdés Yáñez Zamora Abreu Barros Coelho Farías Lemos Moraes Nogueira Pinto Queiroz Teixeira Vieira Zanetti Whitfield Hallam Byrne'.split(
    ' ',
  )
const professions =
  'Editor|Videógrafo|Director de fotografía|Colorista|Animador|Sonidista|Productor|Guionista|Fotógrafo|Diseñador gráfico|Motion designer|Locutor|Compositor|Community manager|Piloto de dron|Realizador|Maquillador|Gaffer|Director de arte|Montajista|Operador de cámara|Mezclador|Ilustrador|Subtitulador|Traductor'.split(
    '|',
  )
const software =
  'Adobe Premiere Pro|DaVinci Resolve|Final Cut Pro|After Effects|Photoshop|Avid Media Composer|Blender|Cinema 4D|Pro Tools|Logic Pro|Ableton Live|Illustrator|Lightroom|Audition|Nuke|Fusion|Maya|Unreal Engine|Figma|CapCut|Vegas Pro|Reaper|Cubase|OBS Studio|Houdini|3ds Max|ZBrush|InDesign|Media Encoder|Mocha Pro|C++|Unity|TouchDesigner|Resolume|QLab|Toon Boom Harmony|Krita|Affinity Photo|Capture One|Frame.io'.split(
    '|',
  )
const tags =
  'documental|boda|publicidad|videoclip|corto|largometraje|YouTube|TikTok|Instagram|color|HDR|4K|VFX|3D|dron|entrevista|evento|concierto|corporativo|moda|deporte|viajes|gastronomía|educación|podcast|streaming|animación 2D|motion graphics|stop motion|rotoscopia|croma|time lapse|cámara lenta|subtítulos|doblaje|foley|mezcla 5.1|masterización|guion|storyboard|inmobiliaria|arquitectura|naturaleza|periodismo|trailer|reels|cine|televisión|realidad virtual|fotografía'.split(
    '|',
  )
const bioWords =
  'monto historias para quien las quiera contar con calma y oficio desde una mesa pequeña cerca del mar trabajo en equipo o a solas siempre con música entrego a tiempo y escucho primero me gustan los planos largos la luz natural los silencios el ruido de la calle vengo del teatro de la radio de la escuela pública he rodado en selva desierto y ciudad busco proyectos que dejen algo video imagen sonido cámara edición relato ritmo corte mirada viaje memoria barrio familia río montaña'.split(
    ' ',
  )

/**
 * A directory that looks alive, set by set: a few programs and words that half of the people have, a long tail that hardly
 * anybody has, names that repeat, bios with one word in ten that is rare. The same at every run. Needs the superuser, for the
 * accounts that the profiles point at are left out.
 */
export async function makePeople(sql: postgres.Sql, count: number): Promise<void> {
  await sql`set session_replication_role = replica`
  await sql`select setseed(0.42)`
  await sql`
    create temp table picks_software as
    select i as place, case when i <= ${software.length} then (${software}::text[])[i] else 'Program ' || substr(md5(i::text), 1, 6) end as name
    from generate_series(1, 2000) i`
  await sql`
    create temp table picks_tags as
    select i as place, case when i <= ${tags.length} then (${tags}::text[])[i] else 'tema ' || substr(md5('t' || i), 1, 6) end as name
    from generate_series(1, 3000) i`
  await sql`insert into public.software (name) select name from picks_software on conflict (key) do nothing`
  await sql`
    insert into public.tags (name, kind)
    select name, case when place % 2 = 0 then 'technology' else 'specialty' end from picks_tags on conflict (key) do nothing`
  await sql`insert into public.tags (name, kind) select unnest(${professions}::text[]), 'profession' on conflict (key) do nothing`
  await sql`
    create temp table people as
    select i, md5('person ' || i)::uuid as id, (${firstNames}::text[])[1 + (random() * ${firstNames.length - 1})::int] as first,
      (${lastNames}::text[])[1 + (random() * ${lastNames.length - 1})::int] as last
    from generate_series(1, ${count}::int) i`
  await sql`
    insert into public.profiles (id, user_id, handle, display_name, bio, country, experience_years, experience, created_at)
    select p.id, p.id, private.directory_words(p.first) || '.' || p.i, p.first || ' ' || p.last, coalesce(b.bio, ''),
      (array['MX', 'CO', 'AR', 'ES', 'CL', 'PE', 'BR', 'US', 'EC', 'UY', 'PT', 'VE', 'GT', 'CR', 'BO', 'IE'])[1 + floor(16 * random() ^ 2)::int],
      case when random() < 0.8 then floor(30 * random() ^ 1.5)::int end, '', now() - random() * interval '1500 days'
    from people p
    left join lateral (
      select string_agg(
        case when random() < 0.1 then 'palabra' || floor(30000 * random() ^ 2 + g * 0)::text
          else (${bioWords}::text[])[1 + floor(${bioWords.length} * random() ^ 1.3)::int] end, ' ') as bio
      from generate_series(1, (p.i * 0 + 70 * random())::int) g
    ) b on true`
  await sql`
    insert into public.profile_types (profile_id, tag_id, position)
    select p.id, t.id, w.place
    from people p
    cross join lateral (
      select place, (${professions}::text[])[1 + floor(${professions.length} * random() ^ 2.5 + p.i * 0)::int] as name
      from generate_series(1, (p.i * 0 + 3 * random())::int) place
    ) w
    join public.tags t on t.key = private.catalogue_key(w.name) collate "C"
    on conflict do nothing`
  await sql`
    insert into public.profile_software (profile_id, software_id, position)
    select w.id, s.id, w.place
    from (
      select p.id, place, 1 + floor(2000 * random() ^ 7)::int as pick
      from people p, generate_series(1, (p.i * 0 + 6 * random())::int) place
    ) w
    join picks_software k on k.place = w.pick
    join public.software s on s.name = k.name
    on conflict do nothing`
  await sql`
    insert into public.profile_tags (profile_id, tag_id, position)
    select w.id, t.id, w.place
    from (
      select p.id, place, 1 + floor(3000 * random() ^ 6)::int as pick
      from people p, generate_series(1, (p.i * 0 + 8 * random())::int) place
    ) w
    join picks_tags k on k.place = w.pick
    join public.tags t on t.name = k.name
    on conflict do nothing`
  await sql`
    insert into public.profile_languages (profile_id, language, position)
    select p.id, (array['es', 'en', 'pt-BR', 'pt', 'fr', 'qu', 'it', 'de'])[1 + floor(8 * random() ^ 2.5)::int], place
    from people p, generate_series(1, (p.i * 0 + 1 + 2 * random())::int) place
    on conflict do nothing`
  await sql`
    insert into public.profile_rates (profile_id, tier, amount, currency, unit)
    select p.id, t.tier, (500 + 20000 * random() ^ 2)::int * t.factor,
      (array['USD', 'EUR', 'MXN', 'BRL', 'COP'])[1 + floor(5 * random() ^ 2)::int],
      (array['hour', 'day', 'project'])[1 + floor(3 * random())::int]
    from people p
    cross join (values ('basic', 1, 0.6), ('standard', 2, 0.4), ('premium', 5, 0.2)) t (tier, factor, share)
    where random() + p.i * 0 < t.share`
  await sql`
    insert into public.profile_links (profile_id, position, label, url)
    select p.id, 1, 'Reel', 'https://example.com/' || p.i from people p where p.i % 2 = 0`
  await sql`
    update public.software c set profile_count = u.uses
    from (select software_id, count(*) as uses from public.profile_software group by 1) u where u.software_id = c.id`
  await sql`
    update public.tags c set profile_count = u.uses
    from (
      select tag_id, count(*) as uses
      from (select tag_id from public.profile_tags union all select tag_id from public.profile_types) x group by 1
    ) u
    where u.tag_id = c.id`
  // Its inverted indexes are built once it is full, which takes a tenth of the time.
  const inverted = await sql`
    select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as definition
    from pg_index
    where indrelid = 'private.profile_search'::regclass and pg_get_indexdef(indexrelid) ilike '%using gin%'`
  for (const { name } of inverted) await sql.unsafe(`drop index ${name}`)
  await sql`analyze`
  for (let from = 1; from <= count; from += 20_000) {
    await sql`
      select private.refresh_profile_search((select array_agg(id) from people where i between ${from} and ${from + 19_999}))`
  }
  for (const { definition } of inverted) await sql.unsafe(definition)
  await sql`drop table people, picks_software, picks_tags`
  await sql`set session_replication_role = origin`
  await sql`vacuum (analyze)`
}
