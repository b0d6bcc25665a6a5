import { isObject, type JsonObject, textIn } from '../../../core/model/values/json.ts'
import type { Limits } from '../limits.ts'
import { isSegment } from '../paths.ts'
import type { ArmClient, Collection } from './client.ts'
import { cloudErrorOf } from './errors.ts'
import { isShallow, objectOf, type RawResponse } from './whole-body.ts'

/** The items of a list, by name. `complete` is false when some may be missing: then nothing may be deleted. */
export interface Listing {
  readonly items: readonly JsonObject[]
  readonly complete: boolean
  /** How many pages it took to read. */
  readonly pages: number
}

interface Gathered {
  readonly byName: Map<string, JsonObject>
  readonly links: Set<string>
  complete: boolean
}

interface Options {
  readonly client: ArmClient
  readonly limits: Limits
  readonly now: () => number
  readonly signal: AbortSignal
}

/**
 * Reads a list to its end. Throws when its first page cannot be had. A later page that fails, a link that repeats,
 * leads elsewhere or never ends leaves the list incomplete (ATTACKS 64, 65). An item on two pages is one item.
 */
export async function readPages(
  collection: Collection,
  { client, limits, now, signal }: Options,
): Promise<Listing> {
  const gathered: Gathered = { byName: new Map(), links: new Set(), complete: true }
  const { kind, parent } = collection
  const what = parent === undefined ? `LIST ${kind}` : `LIST ${kind} of ${parent}`
  let page = await client.list(collection, signal)
  if (page.status !== 200) throw cloudErrorOf(page, what, now())
  let pages = 1
  for (; ; pages += 1) {
    const link = takePage(page, gathered, what, limits)
    if (link === undefined) break
    const isTooLong = pages >= limits.pagesMax || gathered.byName.size >= limits.itemsMax
    if (gathered.links.has(link) || isTooLong) {
      gathered.complete = false
      break
    }
    gathered.links.add(link)
    const next = await nextPage(client, link, signal)
    if (next === undefined) {
      gathered.complete = false
      break
    }
    page = next
  }
  return { items: [...gathered.byName.values()], complete: gathered.complete, pages }
}

async function nextPage(
  client: ArmClient,
  link: string,
  signal: AbortSignal,
): Promise<RawResponse | undefined> {
  try {
    const page = await client.follow(link, signal)
    return page.status === 200 ? page : undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error) return undefined
    throw error
  }
}

/** Adds the page's items and gives its link. What cannot be understood makes the list incomplete, not wrong. */
function takePage(
  page: RawResponse,
  gathered: Gathered,
  what: string,
  limits: Limits,
): string | undefined {
  const body = objectOf(page, what)
  if (!Array.isArray(body.value)) gathered.complete = false
  for (const item of Array.isArray(body.value) ? body.value : []) {
    const isUsable = isObject(item) && isSegment(item.name) && isShallow(item, limits.depthMax)
    if (isUsable && gathered.byName.size < limits.itemsMax) {
      gathered.byName.set(textIn(item.name).toLowerCase(), item)
    } else {
      gathered.complete = false
    }
  }
  const { nextLink } = body
  if (nextLink === undefined || nextLink === null || nextLink === '') return undefined
  if (typeof nextLink === 'string') return nextLink
  gathered.complete = false
  return undefined
}
