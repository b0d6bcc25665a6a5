import { z } from 'zod'
import { naming, running } from '../fields/deployment-fields.ts'
import { readOnly, refused, refusedFlag, text } from '../fields/fields.ts'
import { oneOf } from '../fields/word-fields.ts'
import type { InlineAssets } from '../inline.ts'
import { printedDeployment, serving } from './fields.ts'

/** Takes the schemas of the assets that may be declared inline. */
export function managedDeploymentSchema(assets: InlineAssets) {
  return z
    .strictObject({
      ...naming,
      type: oneOf(['managed'], 'camel case').optional().describe('Default `managed`.'),
      ...running(assets),
      instance_type: text(128).describe('VM size. It cannot be changed in place.'),
      ...serving(assets),
      scale_settings: z
        .strictObject({
          type: oneOf(['default'], 'camel case').describe(
            'Only `default` for managed deployments.',
          ),
        })
        .optional()
        .describe('How it scales.'),
      egress_public_network_access: oneOf(['enabled', 'disabled'])
        .optional()
        .describe('Legacy; leave it out in a workspace with a managed network.'),
      private_network_connection: refusedFlag('is a preview field that is not supported'),
      package_model: refused('is not supported: register the packaged environment instead'),
      resources: refused('is for deployments of type kubernetes'),
      ...printedDeployment,
      creation_context: readOnly(),
    })
    .describe('A deployment of a managed online endpoint.')
}
