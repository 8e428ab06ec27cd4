package dev.domicile.simulator;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A request to the app.
 *
 * @param purpose what the report calls it
 * @param body JSON, or null for none
 * @param token null for none
 * @param signature the token in words, for the report
 */
record Call(
    String purpose,
    String method,
    URI uri,
    @Nullable String body,
    @Nullable String token,
    String signature) {}
