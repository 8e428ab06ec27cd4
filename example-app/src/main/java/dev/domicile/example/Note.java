package dev.domicile.example;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.time.Instant;
import java.util.UUID;

/** One note of a tenant. Its id is random, so that no two realms hand out the same. */
@Entity
class Note {
  @Id private UUID id = UUID.randomUUID();

  @Column(name = "client_key")
  private String clientKey = "";

  private String text = "";

  @Column(name = "created_at")
  private Instant createdAt = Instant.now();

  /** For Hibernate. */
  protected Note() {}

  Note(String clientKey, String text) {
    this.clientKey = clientKey;
    this.text = text;
  }

  UUID id() {
    return id;
  }

  String clientKey() {
    return clientKey;
  }

  String text() {
    return text;
  }

  Instant createdAt() {
    return createdAt;
  }
}
