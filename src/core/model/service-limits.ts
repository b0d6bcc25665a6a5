/**
 * Limits of Azure Machine Learning on endpoints, as it publishes them (Microsoft Learn, "Manage resources and quotas for
 * Azure Machine Learning", 2026-01-27). They are of a region of a subscription, endpoints of all kinds together. Support
 * raises all but those of a cluster on request, and no API tells whether it did: nothing is ever held for them.
 */
export const SERVICE_LIMITS = {
  endpoints: 100,
  deployments: 500,
  deploymentsPerEndpoint: 20,
  /** Of a managed deployment. */
  instances: 50,
  /** Of one Kubernetes cluster; no exception is made. */
  clusterEndpoints: 60,
  clusterDeployments: 100,
  /** Megabytes a second of a managed endpoint, all its deployments and the copies of mirroring together. */
  bandwidth: 5,
} as const

/** How a person gets a higher limit. */
export const RAISED_BY_SUPPORT =
  "unless Azure's support has raised it for this subscription and region. Ask for that, or declare fewer"
