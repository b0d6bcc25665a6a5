import type { Ref } from '../../model/ref.ts'

/** An event without what all events of its tick have in common. */
export interface EventDetails {
  readonly type: 'Normal' | 'Warning'
  readonly ref?: Ref | string
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}
