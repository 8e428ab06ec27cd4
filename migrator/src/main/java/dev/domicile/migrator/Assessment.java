package dev.domicile.migrator;

import dev.domicile.migrator.plan.Plan;
import java.util.List;
import java.util.Set;

/**
 * A look before the move.
 *
 * @param plan what would move
 * @param findings what speaks against it, and what somebody should know
 */
public record Assessment(Plan plan, List<Finding> findings) {

  /** Whether nothing stops the move but warnings, perhaps. */
  public boolean allowed() {
    return findings.stream().noneMatch(f -> f.severity() == Finding.Severity.ERROR);
  }

  /** What stops the move: errors, and warnings that are not accepted. */
  public List<Finding> stopping(Set<String> acceptedWarnings) {
    return findings.stream().filter(finding -> finding.stops(acceptedWarnings)).toList();
  }

  /**
   * The plan.
   *
   * @throws MigrationException.Refused if something stops the move
   */
  public Plan allowedPlan(Set<String> acceptedWarnings) {
    List<Finding> stopping = stopping(acceptedWarnings);
    if (!stopping.isEmpty()) {
      throw new MigrationException.Refused(findings, stopping);
    }
    return plan;
  }
}
