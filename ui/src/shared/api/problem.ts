/** A refused or failed request, as problem+json says it; the words come from the locale files by `code`. */
export interface FieldProblem {
  field: string
  code: string
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly fields: FieldProblem[]
  /** The record as it stands now, with `version.conflict`. */
  readonly current: unknown
  /** Everything else the server added (limits, seconds to wait, names of files). */
  readonly extra: Record<string, unknown>

  constructor(status: number, code: string, fields: FieldProblem[] = [], current?: unknown, extra: Record<string, unknown> = {}) {
    super(code)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.fields = fields
    this.current = current
    this.extra = extra
  }
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null

/** Reads the body of a refusal. A body that is no problem document still gives a code. */
export function readProblem(status: number, body: unknown): Problem {
  if (!isObject(body) || typeof body.code !== 'string') {
    return new Problem(status, status >= 500 ? 'client.server_failed' : 'client.unreadable')
  }
  const { code, fields, current, ...extra } = body
  const list = Array.isArray(fields) ? fields.filter((f): f is FieldProblem => isObject(f) && typeof f.field === 'string' && typeof f.code === 'string') : []
  return new Problem(status, code, list, current, extra)
}

export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  if (e instanceof TypeError) return new Problem(0, 'client.offline')
  // A mistake of this program: shown as such, and left in the console for whoever reports it.
  console.error(e)
  return new Problem(0, 'client.bug')
}
