import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type Family, foldLabel } from './family.ts'

type Labels = Readonly<Record<string, string>>

/** A value of one series of a family. */
export interface Sample<Label extends string = string> {
  readonly labels: { readonly [label in Label]: string }
  readonly value: number
}

type LabelOf<F> = F extends Family<infer Label> ? Label : never
type KeysOf<Table, Type extends Family['type']> = {
  [Key in keyof Table]: Table[Key] extends { readonly type: Type } ? Key : never
}[keyof Table]

/** State of one owner (an Application): for each gauge, all of its series now. */
export type Snapshot<Table> = {
  readonly [Key in KeysOf<Table, 'gauge'>]?: readonly Sample<LabelOf<Table[Key]>>[]
}

/** The only door to prom-client: labels are folded to what the catalogue allows, and every series has an owner. */
export interface Families<Table> {
  add<Key extends KeysOf<Table, 'counter'>>(
    owner: string,
    key: Key,
    labels: Sample<LabelOf<Table[Key]>>['labels'],
    by?: number,
  ): void
  observe<Key extends KeysOf<Table, 'histogram'>>(
    owner: string,
    key: Key,
    labels: Sample<LabelOf<Table[Key]>>['labels'],
    value: number,
  ): void
  /** Replaces the owner's series of the gauges named in the snapshot: what is not in it any more is gone. */
  replace(owner: string, snapshot: Snapshot<Table>): void
  /** Removes every series of this owner. Owner '' is the process, which has no end. */
  forget(owner: string): void
}

type Instrument = Counter | Gauge | Histogram

/** Constructs every family of the table in the registry. */
export function createFamilies<Table extends { readonly [key: string]: Family }>(
  registry: Registry,
  table: Table,
): Families<Table> {
  const instruments = new Map<string, readonly Instrument[]>()
  const owned = new Map<string, Map<string, Map<string, Labels>>>()
  for (const [key, family] of Object.entries(table)) {
    const names = family.formerly === undefined ? [family.name] : [family.name, family.formerly]
    instruments.set(
      key,
      names.map((name) => instrument(registry, family, name)),
    )
  }

  function own(owner: string, key: string, given: Labels): Labels {
    const family = table[key] as Family
    const labels = folded(family, given)
    const byKey = getOrAdd(owned, owner, () => new Map<string, Map<string, Labels>>())
    getOrAdd(byKey, key, () => new Map<string, Labels>()).set(identity(labels), labels)
    return labels
  }

  function each<Kind extends Instrument>(key: string, use: (instrument: Kind) => void): void {
    for (const one of instruments.get(key) ?? []) use(one as Kind)
  }

  function replaceOne(owner: string, key: string, samples: readonly Sample[]): void {
    const before = owned.get(owner)?.get(key) ?? new Map<string, Labels>()
    owned.get(owner)?.delete(key)
    for (const { labels, value } of samples) {
      const shown = own(owner, key, labels)
      before.delete(identity(shown))
      each<Gauge>(key, (one) => one.set(shown, value))
    }
    for (const labels of before.values()) each(key, (one) => one.remove(labels))
  }

  return {
    add: (owner, key, labels, by = 1) => {
      const shown = own(owner, String(key), labels)
      each<Counter>(String(key), (one) => one.inc(shown, by))
    },
    observe: (owner, key, labels, value) => {
      const shown = own(owner, String(key), labels)
      each<Histogram>(String(key), (one) => one.observe(shown, value))
    },
    replace: (owner, snapshot) => {
      for (const [key, samples] of Object.entries(snapshot)) {
        replaceOne(owner, key, samples as readonly Sample[])
      }
    },
    forget: (owner) => {
      for (const [key, series] of owned.get(owner) ?? []) {
        for (const labels of series.values()) each(key, (one) => one.remove(labels))
      }
      owned.delete(owner)
    },
  }
}

function instrument(registry: Registry, family: Family, name: string): Instrument {
  const options = {
    name,
    help: family.help,
    labelNames: Object.keys(family.labels),
    registers: [registry],
  }
  if (family.type === 'counter') return new Counter(options)
  if (family.type === 'gauge') return new Gauge(options)
  return new Histogram({ ...options, buckets: [...(family.buckets ?? [])] })
}

function folded(family: Family, given: Labels): Labels {
  return Object.fromEntries(
    Object.entries(family.labels).map(([name, values]) => [
      name,
      foldLabel(values, given[name] ?? ''),
    ]),
  )
}

function identity(labels: Labels): string {
  return JSON.stringify(Object.values(labels))
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
