import { isDeployment, keyOf, type Ref, scopeOf } from '../../model/ref.ts'
import { once } from '../../model/values/once.ts'

/** The key and the scope of what is declared or live, made once for each: they are asked for at every look. */
export const placeOf = once(
  ({ ref }: { readonly ref: Ref }): { readonly key: string; readonly scope: string } => {
    const key = keyOf(ref)
    return { key, scope: isDeployment(ref.kind) ? scopeOf(ref) : key }
  },
)
