import type { CommandContext } from '../context.ts'
import { type LeverFlags, pullLever } from '../rollout/action.ts'

export type AdoptFlags = LeverFlags & { readonly force?: true }

/** Takes over an endpoint, or one thing by kind and name. */
export async function adopt(
  what: string,
  source: string | undefined,
  flags: AdoptFlags,
  context: CommandContext,
): Promise<void> {
  const { who, why, force } = flags
  const forced = force === true ? { isForced: true as const } : {}
  await pullLever({ verb: 'adopt', endpoint: what, who, why, ...forced }, source, flags, context)
}
