package dev.domicile.migrator.cli;

import dev.domicile.router.TenantId;
import picocli.CommandLine.Parameters;

/** A verb on one tenant. */
abstract class TenantVerb extends Verb {
  @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant's clientKey.")
  private String clientKey = "";

  final TenantId tenant() {
    return tenant(clientKey);
  }
}
