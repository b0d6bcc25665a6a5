import { isObject, textIn } from '../../../core/model/values/json.ts'

/** What an error document says, however it is nested: codes from the innermost outwards, and one readable message. */
export interface ErrorFacts {
  readonly codes: readonly string[]
  readonly message: string
}

const DEPTH_MAX = 8
const CODES_MAX = 20

interface Found {
  readonly inner: string[]
  readonly details: string[]
  readonly outer: string[]
  readonly messages: string[]
}

/**
 * Reads every known shape: ARM's `{error}`, the flat form of the asset service, details with a problem document inside
 * their text, InnerError chains, and the 2023 generation whose code stands at the head of the message (ERRORS 0, 8).
 */
export function readErrorBody(text: string): ErrorFacts {
  const found: Found = { inner: [], details: [], outer: [], messages: [] }
  const root = parsed(text)
  if (isObject(root)) {
    collect(isObject(root.error) ? root.error : root, found, 0)
    addCode(root.code, found.outer)
  }
  const codes = [...found.inner.reverse(), ...found.details, ...found.outer]
  const message = [...new Set(found.messages)].join(' ')
  const known = codes.length > 0 || message !== ''
  return { codes: [...new Set(codes)].slice(0, CODES_MAX), message: known ? message : text }
}

/** The code and the words of a failed operation's `error`, of both generations (ERRORS 0.2). */
export function readFailure(error: unknown): { code: string; message: string } | undefined {
  if (!isObject(error)) return undefined
  const message = typeof error.message === 'string' ? error.message : ''
  const given = typeof error.code === 'string' && isCode(error.code) ? error.code : ''
  const code = given === '' || given === 'None' ? headCode(message) : given
  return code === '' && message === '' ? undefined : { code, message: withoutNone(message) }
}

function collect(error: unknown, found: Found, depth: number): void {
  if (!isObject(error) || depth > DEPTH_MAX) return
  const codes = depth === 0 ? found.outer : found.details
  if (typeof error.message === 'string' && error.message !== '') {
    found.messages.push(readable(withoutNone(error.message)))
    addCode(headCode(error.message), codes)
  }
  addCode(error.code, codes)
  collectInner(error.innerError ?? error.innererror, found.inner, depth)
  for (const info of listOf(error.additionalInfo)) {
    const isInner = isObject(info) && info.type === 'InnerError' && isObject(info.info)
    if (isInner && isObject(info.info)) collectInner(info.info.value, found.inner, depth)
  }
  for (const detail of listOf(error.details)) collect(detail, found, depth + 1)
}

function collectInner(inner: unknown, codes: string[], depth: number): void {
  if (!isObject(inner) || depth > DEPTH_MAX) return
  addCode(inner.code, codes)
  collectInner(inner.innerError, codes, depth + 1)
}

function addCode(code: unknown, codes: string[]): void {
  if (typeof code === 'string' && isCode(code) && code !== 'None') codes.push(code)
}

function isCode(code: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.]{1,79}$/.test(code)
}

/** `ResourceNotReady: User container …`, with or without the `(None)` that a client printed before it. */
function headCode(message: string): string {
  return /^(?:\(None\) )?([A-Z][A-Za-z]{3,60}): \S/.exec(message)?.[1] ?? ''
}

function withoutNone(message: string): string {
  return message.replace(/^\(None\) /, '')
}

/** The sentences of a problem document, or of a list of errors, that a message carries as text; else the text itself. */
function readable(message: string): string {
  const sentences = [...problemSentences(message), ...listedSentences(message)]
  return sentences.length === 0 ? message : sentences.join(' ')
}

/** ERRORS 0.1: the inference service's answer inside a detail. */
function problemSentences(message: string): readonly string[] {
  const problem = parsedFrom(message, message.indexOf('{"errors"'))
  if (!isObject(problem) || !isObject(problem.errors)) return []
  return Object.entries(problem.errors).flatMap(([field, lines]) =>
    listOf(lines).map((line) => (field === '' ? textIn(line) : `${field}: ${textIn(line)}`)),
  )
}

/** FACTS 2.4, last row: what the batch service has against a deployment. */
function listedSentences(message: string): readonly string[] {
  const head = 'Errors:\n'
  const start = message.indexOf(`${head}[`)
  const errors = start === -1 ? [] : listOf(parsedFrom(message, start + head.length))
  return errors.filter(isObject).map(({ PropertyName, ErrorMessage }) => {
    const field = typeof PropertyName === 'string' && PropertyName !== '' ? `${PropertyName}: ` : ''
    return `${field}${textIn(ErrorMessage)}`
  })
}

function parsedFrom(text: string, start: number): unknown {
  return start === -1 ? undefined : parsed(text.slice(start))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, CODES_MAX) : []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
