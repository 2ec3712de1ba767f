import type { FeatureCollection } from 'geojson'
import { LngLatBounds, Map as LibreMap, NavigationControl, setWorkerUrl } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { api, must } from '../api/client'
import { t } from '../i18n'
import { token } from '../lib/token'

export { token }

// The worker is a file of our own: the content security policy allows no other.
setWorkerUrl(workerUrl)

/** The properties that the server gives every outline. */
export interface AreaProperties {
  id: string
  level: string
  name: string
  parent_id: string | null
  town_id: string | null
  village_id: string | null
  households: number | null
  lon: number | null
  lat: number | null
}

export type Areas = FeatureCollection

let boundary: Promise<Areas> | undefined

/** The outlines of the county and its towns; asked once. */
export function countyAndTowns(): Promise<Areas> {
  boundary ??= must(api.GET('/api/v1/boundary.geojson')).then((x) => x as unknown as Areas)
  boundary.catch(() => (boundary = undefined))
  return boundary
}

export async function gridsOf(town?: string): Promise<Areas> {
  return (await must(api.GET('/api/v1/grids.geojson', { params: { query: { town } } }))) as unknown as Areas
}

export async function villagesOf(town?: string): Promise<Areas> {
  return (await must(api.GET('/api/v1/villages.geojson', { params: { query: { town } } }))) as unknown as Areas
}

export const levelOf = (all: Areas, level: string): Areas => ({ ...all, features: all.features.filter((f) => f.properties?.level === level) })

/** The box around outlines. */
export function boundsOf(all: Areas): LngLatBounds {
  const box = new LngLatBounds()
  const walk = (c: unknown): void => {
    if (!Array.isArray(c)) return
    if (typeof c[0] === 'number') box.extend([c[0], c[1] as number])
    else c.forEach(walk)
  }
  for (const f of all.features) if (f.geometry && 'coordinates' in f.geometry) walk(f.geometry.coordinates)
  return box
}

/** A map with no outside server: only a ground colour; the outlines are our own. */
export function plainMap(container: HTMLElement, box: LngLatBounds, label: string): LibreMap {
  const map = new LibreMap({
    container,
    style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': token('--sunken') } }] },
    bounds: box.isEmpty() ? undefined : box,
    fitBoundsOptions: { padding: 16 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 18,
    locale: { 'NavigationControl.ZoomIn': t('place.zoom_in'), 'NavigationControl.ZoomOut': t('place.zoom_out') },
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.getCanvas().setAttribute('aria-label', label)
  return map
}
