import createClient, { type Middleware } from 'openapi-fetch'
import { shallowRef } from 'vue'
import type { components, paths } from '@/api/generated'
import { Problem, readProblem } from './problem'

/** The answer and question types of the API, by the names of the OpenAPI document. */
export type Schemas = components['schemas']

/** Sent with every unsafe request of a cookie session. Set by the session. */
export const csrf = shallowRef('')

/** Called once when the server no longer knows the session. */
export const onSessionLost = { run: () => {} }

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Being refused here says nothing about a session that was lost. */
const SESSION_PATH = '/api/v1/session'

/** Ids of commands whose answer has not come: sent again with the same body, they keep theirs. */
const unanswered = new Map<string, string>()
const intentions = new WeakMap<Request, string>()

/** Every unsafe request carries an id; one that is sent again because its answer was lost carries the same. */
async function identify(request: Request) {
  if (request.headers.has('Idempotency-Key')) return
  const intention = `${request.method} ${request.url}\n${await request.clone().text()}`
  const id = unanswered.get(intention) ?? newClientId()
  unanswered.set(intention, id)
  intentions.set(request, intention)
  request.headers.set('Idempotency-Key', id)
}

const guard: Middleware = {
  async onRequest({ request }) {
    if (SAFE.has(request.method)) return request
    if (csrf.value) request.headers.set('x-csrf-token', csrf.value)
    await identify(request)
    return request
  },
  onResponse({ request, response }) {
    const intention = intentions.get(request)
    if (intention && response.status < 500) unanswered.delete(intention)
    if (response.status === 401 && new URL(request.url).pathname !== SESSION_PATH) onSessionLost.run()
    return response
  },
}

// Looked up at each call, so that what stands in for it (a test, a worker) is seen.
export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin', fetch: (request) => globalThis.fetch(request) })
api.use(guard)

interface Outcome<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The answer of a request, or its refusal thrown as a `Problem`. */
export async function must<T>(asked: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (!response.ok) throw readProblem(response.status, error)
  return data as T
}

/** The identity a command carries: sent again after a lost answer, it is not done twice. */
export function newClientId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  // Outside a secure context (plain http in the office network) there is no randomUUID.
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = (b[6]! & 0x0f) | 0x40
  b[8] = (b[8]! & 0x3f) | 0x80
  const hex = [...b].map((v) => v.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A command's id that stays the same while the same body is tried again, and is new for another body. */
export function useClientId() {
  let id = ''
  let of = ''
  return {
    for(body: unknown): string {
      const text = JSON.stringify(body)
      if (!id || text !== of) {
        id = newClientId()
        of = text
      }
      return id
    },
    done() {
      id = ''
    },
  }
}

/** Sends a file with progress; fetch cannot tell how much has gone up. */
export function upload(url: string, form: FormData, onProgress: (share: number) => void, clientId = newClientId()): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    request.setRequestHeader('x-csrf-token', csrf.value)
    request.setRequestHeader('Idempotency-Key', clientId)
    request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total)
    request.onerror = () => reject(new Problem(0, 'client.offline'))
    request.onload = () => {
      let body: unknown
      try {
        body = JSON.parse(request.responseText)
      } catch {
        body = undefined
      }
      if (request.status >= 200 && request.status < 300) resolve(body)
      else reject(readProblem(request.status, body))
    }
    request.send(form)
  })
}
