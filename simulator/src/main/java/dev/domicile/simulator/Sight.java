package dev.domicile.simulator;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a probe of the app showed.
 *
 * @param realm which realm the tenant was served from; null if the app does not say
 * @param content what has to stay the same across a move: the body without the realm's field
 */
record Sight(Answer answer, @Nullable String realm, Object content) {

  /** Reads the answer of a probe. */
  static Sight of(Answer answer, Settings.Probing probing) {
    String pointer = probing.realmPointer();
    JsonNode body = answer.json();
    if (pointer == null || !body.isObject()) {
      return new Sight(
          answer,
          answer.header(probing.realmHeader()).orElse(null),
          body.isContainerNode() ? body : answer.body());
    }
    JsonPointer field = JsonPointer.compile(pointer);
    String realm = body.at(field).isTextual() ? body.at(field).asText() : null;
    if (body.at(field.head()) instanceof ObjectNode parent) {
      parent.remove(field.last().getMatchingProperty());
    }
    return new Sight(answer, realm, body);
  }

  boolean isServed() {
    return answer.isSuccess();
  }

  boolean showsSameAs(Sight other) {
    return isServed() && content.equals(other.content);
  }

  @Override
  public String toString() {
    return answer + (realm == null ? "" : " from " + realm);
  }
}
