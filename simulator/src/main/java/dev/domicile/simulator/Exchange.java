package dev.domicile.simulator;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One line of a scenario's transcript: what was sent and what came back, without secrets, or an
 * event between two requests.
 *
 * @param what the request's purpose, or the event
 * @param method null for an event
 * @param status null for an event, 0 if there was no answer
 * @param failure why there was no answer
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Exchange(
    String what,
    @Nullable String method,
    @Nullable String url,
    @Nullable String signature,
    @Nullable String sent,
    @Nullable Integer status,
    @Nullable String received,
    @Nullable Long millis,
    @Nullable String failure) {

  static Exchange event(String what) {
    return new Exchange(what, null, null, null, null, null, null, null, null);
  }
}
