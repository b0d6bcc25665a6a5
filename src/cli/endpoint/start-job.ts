import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { describe } from './describe.ts'
import { deploymentOf, type EndpointFlags, type FoundEndpoint } from './found.ts'

interface JobFlags extends Pick<EndpointFlags, 'output'> {
  readonly input?: string
  /** Of online endpoints: refused here. */
  readonly request?: string
  readonly deployment?: string
}

const ASSET = /^azureml:[A-Za-z0-9][\w.-]{0,254}:[A-Za-z0-9][\w.-]{0,29}$/

/** Starts a job of a batch endpoint on a registered data asset, and prints the job's name. */
export async function startBatchJob(
  found: FoundEndpoint,
  { input, request, deployment, output }: JobFlags,
  context: CommandContext,
): Promise<void> {
  const { client, endpoint } = found
  const { name } = endpoint.ref
  if (request !== undefined || input === undefined || !ASSET.test(input))
    throw new CommandError(
      `${name} is a batch endpoint, which scores a registered data asset: give it --input azureml:<name>:<version>.`,
    )
  const wanted = deployment ?? describe(found).defaultDeployment
  if (wanted === undefined)
    throw new CommandError(`${name} has no default deployment: name one with --deployment.`)
  const chosen = deploymentOf(found, wanted).ref.name
  const job = await client.startJob(endpoint, { asset: input, deployment: chosen }, context.signal)
  if (output === 'json')
    return context.say(JSON.stringify({ endpoint: name, deployment: chosen, job }))
  const what = `A job of ${name}/${chosen} was started`
  context.progress(
    found.isEmbedded
      ? `${what}; the embedded workspace ends with this command, and the job begins anew with the next one. In one that goes on (\`verdigris sandbox\`) it comes to its end.`
      : `${what}: 'az ml job show --name ${job}' tells how it does, 'az ml job download' gets its output.`,
  )
  context.say(job)
}
