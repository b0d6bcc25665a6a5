/** Work in parts, between which other work of the process may be done; what it comes to does not depend on that. */
export type Parts<Made> = Generator<undefined, Made, undefined>

/** So many items are one part. */
const ITEMS = 50

/** What is made of each item, some items at a time. */
export function* mapped<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Made,
): Parts<readonly Made[]> {
  const made: Made[] = []
  for (const item of items) {
    if (made.length % ITEMS === ITEMS - 1) yield undefined
    made.push(make(item))
  }
  return made
}

/** All parts at once. */
export function whole<Made>(parts: Parts<Made>): Made {
  for (;;) {
    const { done, value } = parts.next()
    if (done === true) return value
  }
}
