package dev.domicile.servlet;

import java.time.Instant;

/**
 * The token that an {@code installed} or {@code uninstalled} call came with.
 *
 * @param issuedAt its claim {@code iat}
 * @param sha256 its SHA-256 in hex; the token itself is never stored
 */
record EventToken(Instant issuedAt, String sha256) {}
