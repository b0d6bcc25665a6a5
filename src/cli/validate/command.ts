import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { withOutput } from '../targets.ts'
import type { ValidateFlags } from './action.ts'

/** `validate`: reads manifests on this machine and shows every problem with its place. Exit 1 when one is an error. */
export function validateCommand(context: CommandContext): Command {
  const command = new Command('validate')
    .description('check manifests on this machine, without a workspace; exit 1 when one is wrong')
    .argument('[path...]', 'files or folders of manifests')
    .option(
      '--variable <name=value>',
      'what a variable in the manifests stands for; repeatable',
      addVariable,
      {},
    )
    .option('--reference', 'print what manifests may say; as JSON: the JSON Schemas, for editors')
  return withOutput(command).action(async (paths: readonly string[], flags: ValidateFlags) => {
    const { validate } = await import('./action.ts')
    await validate(paths, flags, context)
  })
}

function addVariable(text: string, before: ValidateFlags['variable']): ValidateFlags['variable'] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new CommandError(`'${text}' is not a variable: write name=value.`)
  return { ...before, [name]: value }
}
