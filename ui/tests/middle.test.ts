import { describe, expect, it } from 'vitest'
import type { Geometry } from 'geojson'
import { covers, middleOf } from '@/shared/map/middle'

const ring = (x: number, y: number, size: number) => [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
/** A square of ten with a hole of four in its middle, and a small square apart from it. */
const land: Geometry = { type: 'MultiPolygon', coordinates: [[ring(0, 0, 10), ring(3, 3, 4)], [ring(20, 0, 2)]] }

describe('where a mark may stand', () => {
  it('takes the middle of the largest part', () => {
    expect(middleOf(land)).toEqual([5, 5])
  })

  it.each([
    [[1, 1], true],
    [[5, 5], false],
    [[21, 1], true],
    [[15, 1], false],
    [[-1, 5], false],
  ] as [[number, number], boolean][])('knows whether %o is in the area', (at, inside) => {
    expect(covers(land, at)).toBe(inside)
  })
})
