import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml'

/**
 * Where each value of a document begins in its text, without the parser's tree: that takes ten times as much memory as all
 * that is kept of a file. A value by itself is a number: its offset, or `-1 - offset` where nothing is written.
 */
export type Spot = number | Spots

interface Spots {
  readonly at: number
  /** Of a map: its keys as they come, where each begins, and its value. Of a list: the values. */
  readonly keys: readonly string[] | undefined
  readonly keysAt: readonly number[]
  readonly below: readonly Spot[]
}

/** The spots of a tree; `aliases` lead to what they stand for. */
export function spotsOf(root: Node | null, aliases: ReadonlyMap<Node, Node>): Spot {
  return spotOf(root, { aliases, made: new Map() })
}

interface Making {
  readonly aliases: ReadonlyMap<Node, Node>
  /** An anchor is made once, however many aliases lead to it. */
  readonly made: Map<Node, Spots>
}

function spotOf(node: Node | null, making: Making): Spot {
  if (node === null) return -1
  if (isScalar(node)) return node.value === null ? -1 - start(node) : start(node)
  return making.made.get(node) ?? collection(node, making)
}

function collection(node: Node, making: Making): Spots {
  const target = isAlias(node) ? making.aliases.get(node) : node
  const pairs = isMap(target) ? target.items.filter(({ key }) => isScalar(key)) : undefined
  const below: Spot[] = []
  const spots = {
    at: start(node),
    keys: pairs?.map(({ key }) => String((key as Scalar).value ?? '')),
    keysAt: pairs?.map(({ key }) => start(key as Scalar)) ?? [],
    below,
  }
  making.made.set(node, spots)
  const values = pairs?.map(({ value }) => value) ?? (isSeq(target) ? target.items : [])
  for (const value of values) below.push(spotOf(value as Node | null, making))
  return spots
}

export interface Found {
  readonly value: number
  readonly key: number
  /** False when the path ended early. */
  readonly whole: boolean
}

/** Follows a path as far as it goes. A collection begins at its key, which is where people look for it. */
export function find(root: Spot, path: readonly (string | number)[]): Found {
  let spot = root
  let found: Found = { value: offsetOf(root), key: offsetOf(root), whole: true }
  for (const step of path) {
    const place = placeIn(spot, step)
    const next = typeof spot === 'number' ? undefined : spot.below[place]
    if (typeof spot === 'number' || next === undefined) return { ...found, whole: false }
    const key = spot.keysAt[place] ?? offsetOf(next)
    spot = next
    found = { value: typeof next === 'number' && next >= 0 ? next : key, key, whole: true }
  }
  return found
}

function placeIn(spot: Spot, step: string | number): number {
  if (typeof spot === 'number') return -1
  return spot.keys === undefined ? Number(step) : spot.keys.indexOf(String(step))
}

function offsetOf(spot: Spot): number {
  if (typeof spot !== 'number') return spot.at
  return spot >= 0 ? spot : -1 - spot
}

function start(node: Node): number {
  return node.range?.[0] ?? 0
}
