import { z } from 'zod'
import { asset } from '../fields/deployment-fields.ts'
import { decimal, readOnly, refused, text, wholeNumber } from '../fields/fields.ts'
import { flag, oneOf, quotedFlag } from '../fields/word-fields.ts'
import type { InlineAssets } from '../inline.ts'

const DAY_SECONDS = 86_400

const probe = z.strictObject({
  initial_delay: wholeNumber(0, DAY_SECONDS)
    .optional()
    .describe('Seconds before the first probe. Default 10.'),
  period: wholeNumber(0, DAY_SECONDS).optional().describe('Seconds between probes. Default 10.'),
  timeout: wholeNumber(0, DAY_SECONDS)
    .optional()
    .describe('Seconds to wait for an answer. Default 2.'),
  success_threshold: wholeNumber(1, 1000)
    .optional()
    .describe('Successes in a row that count as one. Default 1.'),
  failure_threshold: wholeNumber(1, 10_000)
    .optional()
    .describe('Failures in a row that count as one. Default 30.'),
})

function collector({ data }: InlineAssets) {
  const collection = z.strictObject({
    enabled: quotedFlag().describe(
      "Whether this collection is written: `'true'` or `'false'`, in quotes.",
    ),
    sampling_rate: refused('stands beside "collections", and is for each of them'),
    client_id: text(255).optional().describe('Client id of the identity that writes.'),
    data: asset(data.schema)
      .optional()
      .describe(
        'The data asset that it is found as: `azureml:name:version`, or one declared here, whose name, version and path have defaults.',
      ),
  })
  return z.strictObject({
    collections: z
      .record(text(63), collection)
      .meta({ type: 'object' })
      .describe(
        'What is collected: `request`, `response`, `model_inputs`, `model_outputs` or names of yours.',
      ),
    rolling_rate: oneOf(['day', 'hour', 'minute'])
      .optional()
      .describe('How often a new folder begins. Default `hour`.'),
    sampling_rate: decimal(0, 1)
      .optional()
      .describe('Share of requests, 0 to 1, for every collection.'),
    request_logging: z
      .strictObject({
        capture_headers: z.array(text(255)).max(50).optional().describe('Headers to log.'),
      })
      .optional()
      .describe('What is logged of requests.'),
  })
}

/** What every deployment of an online endpoint has, on whatever compute. */
export function serving(assets: InlineAssets) {
  return {
    instance_count: wholeNumber(0, 10_000).optional().describe('Number of instances. Default 1.'),
    request_settings: z
      .strictObject({
        // Prompt flow may take 300 s on managed compute too (FACTS 4).
        request_timeout_ms: wholeNumber(1, 300_000)
          .optional()
          .describe('Milliseconds for one request. Default 5000.'),
        max_concurrent_requests_per_instance: wholeNumber(1, 100_000)
          .optional()
          .describe('Default 1.'),
        max_queue_wait_ms: wholeNumber(0, 3_600_000)
          .optional()
          .describe('Milliseconds a request may wait. Default 500.'),
      })
      .optional()
      .describe('Limits of requests.'),
    liveness_probe: probe.optional().describe('Whether the container lives.'),
    readiness_probe: probe.optional().describe('Whether the container can score.'),
    app_insights_enabled: flag()
      .optional()
      .describe('Whether logs go to Application Insights. Default false.'),
    model_mount_path: text(1024)
      .optional()
      .describe('Where the model is mounted in a container of yours.'),
    data_collector: collector(assets).optional().describe('What is kept of requests and answers.'),
  }
}

/** What `az ml … show` prints beside it. */
export const printedDeployment = {
  id: readOnly(),
  provisioning_state: readOnly(),
}
