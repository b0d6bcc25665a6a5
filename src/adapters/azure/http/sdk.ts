import { createRequire } from 'node:module'

/**
 * Microsoft's packages in their CommonJS form. The client for Azure ML is CommonJS and loads the others in that form, so
 * that by `import` each of them would be loaded twice, and a command would start 0.1 s later.
 */
const load = createRequire(import.meta.url)

const machineLearning = load(
  '@azure/arm-machinelearning',
) as typeof import('@azure/arm-machinelearning')
const client = load('@azure/core-client') as typeof import('@azure/core-client')
const identity = load('@azure/identity') as typeof import('@azure/identity')
const pipeline = load('@azure/core-rest-pipeline') as typeof import('@azure/core-rest-pipeline')

export const { AzureMachineLearningWorkspaces } = machineLearning

export const { deserializationPolicyName, serializationPolicyName } = client

export const {
  AzureCliCredential,
  ChainedTokenCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} = identity

export const {
  bearerTokenAuthenticationPolicyName,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  proxyPolicy,
  proxyPolicyName,
  RestError,
  redirectPolicyName,
  tracingPolicyName,
} = pipeline
