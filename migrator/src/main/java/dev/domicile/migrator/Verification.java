package dev.domicile.migrator;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a tenant's rows are where they should be, and nowhere else.
 *
 * @param tenant the tenant
 * @param home the realm that its route leads to
 * @param copies how the two copies of a migration compare, or null if there is one copy only
 * @param realms what each configured realm holds of the tenant, the home first
 */
public record Verification(
    TenantId tenant, Realm home, @Nullable CopyComparison copies, List<RealmCheck> realms) {

  /** Whether no realm holds rows that nobody accounts for, and the copies are equal. */
  @JsonProperty
  public boolean clean() {
    return (copies == null || copies.equal())
        && realms.stream().noneMatch(check -> check.state() == RealmCheck.State.REMNANTS);
  }

  /** Whether every realm could be looked at. */
  @JsonProperty
  public boolean complete() {
    return realms.stream().noneMatch(check -> check.state() == RealmCheck.State.UNCHECKED);
  }
}
