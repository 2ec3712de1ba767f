import type { Geometry } from 'geojson'

/** A point to write at: the middle of the largest ring, by its area. */
export function middleOf(geometry: Geometry | null): [number, number] | undefined {
  const rings = geometry?.type === 'Polygon' ? [geometry.coordinates[0]] : geometry?.type === 'MultiPolygon' ? geometry.coordinates.map((p) => p[0]) : []
  let best: { area: number; at: [number, number] } | undefined
  for (const ring of rings) {
    if (!ring?.length) continue
    let [area, x, y] = [0, 0, 0]
    ring.forEach(([x1 = 0, y1 = 0], i) => {
      const [x2 = 0, y2 = 0] = ring[(i + 1) % ring.length]!
      const cross = x1 * y2 - x2 * y1
      area += cross
      x += (x1 + x2) * cross
      y += (y1 + y2) * cross
    })
    if (area && Math.abs(area) > (best?.area ?? 0)) best = { area: Math.abs(area), at: [x / (3 * area), y / (3 * area)] }
  }
  return best?.at
}

/** Whether a point lies in an area; a hole in it is not part of it. */
export function covers(geometry: Geometry | null, [x, y]: [number, number]): boolean {
  const rings = geometry?.type === 'Polygon' ? geometry.coordinates : geometry?.type === 'MultiPolygon' ? geometry.coordinates.flat() : []
  let inside = false
  for (const ring of rings) {
    ring.forEach(([x1 = 0, y1 = 0], i) => {
      const [x2 = 0, y2 = 0] = ring[(i + 1) % ring.length]!
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside
    })
  }
  return inside
}
