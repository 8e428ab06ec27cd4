package dev.domicile.migrator;

import dev.domicile.migrator.plan.Plan;
import java.util.List;

/**
 * A look before the move.
 *
 * @param plan what would move
 * @param findings what speaks against it, and what somebody should know
 */
public record Assessment(Plan plan, List<Finding> findings) {

  /** Whether nothing stops the move. */
  public boolean allowed() {
    return findings.stream().noneMatch(f -> f.severity() == Finding.Severity.ERROR);
  }

  /**
   * The plan.
   *
   * @throws MigrationException.Refused if something stops the move
   */
  public Plan allowedPlan() {
    if (!allowed()) {
      throw new MigrationException.Refused(findings);
    }
    return plan;
  }
}
