import type { Answer, Call } from '../call.ts'
import type { Json, JsonObject } from '../contract.ts'
import { badArgument } from '../errors.ts'

/** How a list is cut into pages. */
interface Paging {
  /** Query parameter that sets the length of a page (FACTS 1.1: `count` or `$top`). */
  readonly sizeFrom: 'count' | '$top'
  /** `$top` bounds the whole list, no page follows (recorded for environments). */
  readonly topIsAll?: boolean
}

/**
 * One page of a list. The next page's link repeats the query and adds `$skipToken` (FACTS 2.3: recorded so, though
 * swagger names `$skip`, which works as well).
 */
export function page(call: Call, items: readonly JsonObject[], paging: Paging): Answer {
  const { query } = call.address
  const asked = query.get(paging.sizeFrom.toLowerCase())
  const token = query.get('$skiptoken')
  const start = token === undefined ? Number(query.get('$skip') ?? 0) : offsetOf(token)
  const { pageSize, pageSizeMax, emptyPages } = call.state.settings
  const size = Number(asked ?? pageSize)
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(start) || start < 0) {
    return badArgument(call, `The value of ${paging.sizeFrom} or $skip is invalid.`)
  }
  const length = Math.min(size, pageSizeMax)
  const end = start + length
  const value: Json = items.slice(start, end)
  const empty = call.type.endsWith('Endpoints') ? emptyPages * length : 0
  const isLast = end >= items.length + empty || (paging.topIsAll === true && asked !== undefined)
  return { status: 200, body: isLast ? { value } : { value, nextLink: linkTo(call, end) } }
}

function linkTo(call: Call, offset: number): string {
  const link = new URL(call.request.url)
  link.searchParams.delete('$skip')
  link.searchParams.delete('$skipToken')
  const query = link.searchParams.toString().replaceAll('%24', '$')
  return `${link.origin}${link.pathname}?${query}&$skipToken=${tokenOf(offset)}`
}

/** Opaque on purpose: nobody should count on it. */
function tokenOf(offset: number): string {
  return `p${(offset * 7919 + 104729).toString(36)}`
}

function offsetOf(token: string): number {
  return (Number.parseInt(token.slice(1), 36) - 104729) / 7919
}
