package dev.domicile.migrator;

import java.util.List;

/**
 * A look at an order before it is carried out.
 *
 * @param findings what speaks against it, and what somebody should know
 * @param errors those findings that stop it: errors, and warnings that the configuration does not
 *     accept
 * @param forecast whether it is expected to be ready in time
 */
public record OrderAssessment(List<Finding> findings, List<Finding> errors, Forecast forecast) {}
