import type { Feature, Point } from 'geojson'
import type { GeoJSONSource, Map as LibreMap } from 'maplibre-gl'
import { token } from '../lib/token'
import { boundsOf, type Areas } from './base'
import { covers, middleOf } from './middle'

/** Written by the browser's own fonts: no font server is asked. */
const FONTS = ['PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'sans-serif']
const NONE: Areas = { type: 'FeatureCollection', features: [] }

/** From which zoom on names of a level are written, up to which, and how large. */
const LEVELS = {
  town: { from: 0, to: 12.5, size: 13, halo: 2 },
  village: { from: 8.5, to: 24, size: 12, halo: 1.6 },
  grid: { from: 12.5, to: 24, size: 11, halo: 1.4 },
} as const

type Level = keyof typeof LEVELS
/** The lowest of the layers of names. */
const LOWEST_NAME = 'names-grid'

/** A name as short as it can stand on a map: 北城居民委员会 → 北城居委会, …第3网格 → 第3网格. */
export function shortName(name: string, level: Level): string {
  if (level === 'grid') return /第.+网格$/.exec(name)?.[0] ?? name
  return level === 'village' ? name.replace(/(居民|村民)委员会$/, (_, kind: string) => (kind === '居民' ? '居委会' : '村')).replace(/村村$/, '村') : name
}

function points(areas: Areas, level: Level): Areas {
  const features = areas.features.flatMap((f): Feature<Point>[] => {
    const at = f.properties?.level === level ? middleOf(f.geometry) : undefined
    return at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { id: f.properties?.id as string, name: shortName(String(f.properties?.name), level) } }] : []
  })
  return { type: 'FeatureCollection', features }
}

/** How large the name of what is chosen is written, in pixels. */
const CHOSEN_SIZE = 14
/** What the pin takes over its tip: half its width, and its height. */
const PIN = { x: 14, y: 42 }
/** Whether a box lies under the pin, which would hide part of its name. */
const underPin = (tip: Spot, at: Spot, half: Spot) => Math.abs(at.x - tip.x) < half.x + PIN.x && at.y + half.y > tip.y - PIN.y && at.y - half.y < tip.y

/** Where it may stand, in pixels from the pin (under it, over it, beside it) or from the middle of its area. */
const BY_PIN = [[0, 16], [0, -54], [1, -16], [-1, -16]] as const
const BY_MIDDLE = [[0, 0], [0, -14], [0, 14], [0, -28], [0, 28]] as const

/** Places the name anew when the map has moved. */
const placing = new WeakMap<LibreMap, () => void>()
/** The areas outlined on a map. */
const outlined = new WeakMap<LibreMap, Feature[]>()
/** Where the pin of a map stands. */
const pinned = new WeakMap<LibreMap, [number, number]>()

interface Spot {
  x: number
  y: number
}

/** Over and under what an outline takes of the map. */
function beyond(map: LibreMap, area: Feature, half: Spot): Spot[] {
  const around = boundsOf({ type: 'FeatureCollection', features: [area as Areas['features'][number]] })
  if (around.isEmpty()) return []
  const [low, high] = [map.project(around.getSouthWest()), map.project(around.getNorthEast())]
  const x = (low.x + high.x) / 2
  return [{ x, y: high.y - half.y }, { x, y: low.y + half.y }]
}

/** Where the name of an area stands wholly inside its outline, else just over or under the outline; nowhere when the map has no room for it either. */
function roomFor(map: LibreMap, area: Feature, name: string, pin?: [number, number]): [number, number] | undefined {
  const half = { x: (name.length * CHOSEN_SIZE) / 2 + 4, y: CHOSEN_SIZE / 2 + 3 }
  const middle = middleOf(area.geometry)
  const from = (at: [number, number] | undefined, steps: readonly (readonly [number, number])[]) =>
    at ? steps.map(([x, y]) => ({ x: map.project(at).x + x * (half.x + 16), y: map.project(at).y + y })) : []
  const own = ({ x, y }: { x: number; y: number }) =>
    [[-1, -1], [0, -1], [1, -1], [-1, 1], [0, 1], [1, 1]].every(([right, down]) => covers(area.geometry, map.unproject([x + right! * half.x, y + down! * half.y]).toArray()))
  const free = (spot: Spot) => !pin || !underPin(map.project(pin), spot, half)
  const spot = [...from(pin, BY_PIN), ...from(middle, BY_MIDDLE)].find((s) => own(s) && free(s)) ?? beyond(map, area, half).find((s) => visible(map, s, half) && free(s))
  return spot && map.unproject([spot.x, spot.y]).toArray()
}

/** Adds the outline of what is chosen under the names and its own name over them: told by shape and word, not by colour. Call it after `addNames`. */
export function addChosen(map: LibreMap): void {
  map.on('moveend', () => placing.get(map)?.())
  map.addSource('chosen-shape', { type: 'geojson', data: NONE })
  map.addSource('chosen-name', { type: 'geojson', data: NONE })
  map.addLayer({ id: 'chosen-edge', type: 'line', source: 'chosen-shape', layout: { 'line-join': 'round' }, paint: { 'line-color': token('--surface'), 'line-width': ['match', ['get', 'level'], 'grid', 5, 7] } }, LOWEST_NAME)
  map.addLayer({ id: 'chosen-line', type: 'line', source: 'chosen-shape', layout: { 'line-join': 'round' }, paint: { 'line-color': token('--brand'), 'line-width': ['match', ['get', 'level'], 'grid', 2.5, 4] } }, LOWEST_NAME)
  map.addLayer({
    id: 'chosen-name',
    type: 'symbol',
    source: 'chosen-name',
    layout: { 'text-field': ['get', 'name'], 'text-font': [...FONTS], 'text-size': CHOSEN_SIZE, 'text-allow-overlap': true, 'text-max-width': 20 },
    paint: { 'text-color': token('--brand'), 'text-halo-color': token('--surface'), 'text-halo-width': 3 },
  })
}

/** Outlines what is chosen and writes the name of the smallest of it, which says where it lies; by the pin where one stands (`pin`: longitude, latitude). */
export function showChosen(map: LibreMap | undefined, chosen: { areas: Areas; level: Level; id: string }[], pin?: [number, number]): void {
  const found = chosen.flatMap(({ areas, level, id }) => areas.features.filter((f) => f.properties?.level === level && f.properties.id === id).map((f) => ({ f, level })))
  const set = (source: string, features: Areas['features']) => (map?.getSource(source) as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features })
  set('chosen-shape', found.map(({ f }) => f))
  const last = found.at(-1)
  // Its usual name would stand there a second time.
  for (const level of ['grid', 'village', 'town'] as const)
    if (map?.getLayer(`names-${level}`)) map.setFilter(`names-${level}`, last?.level === level ? ['!=', ['get', 'id'], last.f.properties?.id as string] : null)
  if (!map) return
  placing.set(map, () => {
    const named = last ? points({ type: 'FeatureCollection', features: [last.f] }, last.level).features : []
    set('chosen-name', named.flatMap((f) => {
      const at = last && roomFor(map, last.f, String(f.properties?.name), pin)
      return at ? [{ ...f, geometry: { type: 'Point' as const, coordinates: at } }] : []
    }))
  })
  placing.get(map)?.()
  if (pin) pinned.set(map, pin)
  else pinned.delete(map)
  outlined.set(map, found.map(({ f }) => f))
  refresh(map)
}

/** Room at the top right that the zoom buttons take, in pixels. */
const BUTTONS = { width: 50, height: 90 }

/** All names of a map's levels; written are those that fit into what is seen of it: none is cut at the edge or by the buttons. */
const all = new WeakMap<LibreMap, Map<Level, Areas>>()

/** Whether a box (its middle, half its width and height) is seen whole, also not under the buttons. */
function visible(map: LibreMap, { x, y }: Spot, half: Spot): boolean {
  const { clientWidth, clientHeight } = map.getContainer()
  const inside = x - half.x >= 0 && x + half.x <= clientWidth && y - half.y >= 0 && y + half.y <= clientHeight
  return inside && !(x + half.x > clientWidth - BUTTONS.width && y - half.y < BUTTONS.height)
}

/** Whether a box lies partly in an area and partly not: its outline would be hidden. */
function crosses(map: LibreMap, area: Feature, at: Spot, half: Spot): boolean {
  const parts = [-1, -0.5, 0, 0.5, 1].flatMap((right) => [-1, 0, 1].map((down) => covers(area.geometry, map.unproject([at.x + right * half.x, at.y + down * half.y]).toArray())))
  return parts.includes(true) && parts.includes(false)
}

function fits(map: LibreMap, f: Feature, size: number): boolean {
  const at = map.project((f.geometry as Point).coordinates as [number, number])
  const half = { x: (String(f.properties?.name).length * size) / 2 + 3, y: size / 2 + 3 }
  const pin = pinned.get(map)
  if (pin && underPin(map.project(pin), at, half)) return false
  return visible(map, at, half) && !(outlined.get(map) ?? []).some((area) => crosses(map, area, at, half))
}

function refresh(map: LibreMap): void {
  for (const [level, { features }] of all.get(map) ?? [])
    (map.getSource(`names-${level}`) as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features: features.filter((f) => fits(map, f, LEVELS[level].size)) })
}

/** Adds the layers of names, above what has been drawn so far; `writeNames` fills them. */
export function addNames(map: LibreMap): void {
  all.set(map, new Map())
  map.on('moveend', () => refresh(map))
  map.on('resize', () => refresh(map))
  for (const level of ['grid', 'village', 'town'] as const) {
    const { from, to, size, halo } = LEVELS[level]
    map.addSource(`names-${level}`, { type: 'geojson', data: NONE })
    map.addLayer({
      id: `names-${level}`,
      type: 'symbol',
      source: `names-${level}`,
      minzoom: from,
      maxzoom: to,
      layout: { 'text-field': ['get', 'name'], 'text-font': [...FONTS], 'text-size': size, 'text-padding': 3, 'text-max-width': 20 },
      paint: { 'text-color': token(level === 'grid' ? '--text-2' : '--text'), 'text-halo-color': token('--surface'), 'text-halo-width': halo },
    })
  }
}

/** Writes the names of a level's areas; a map without those layers yet stays as it is. */
export function writeNames(map: LibreMap | undefined, level: Level, areas: Areas): void {
  const names = map && all.get(map)
  if (!names) return
  names.set(level, points(areas, level))
  refresh(map)
}
