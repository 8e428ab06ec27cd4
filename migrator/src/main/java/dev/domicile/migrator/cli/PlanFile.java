package dev.domicile.migrator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.plan.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A plan in a file of JSON, to be looked at, edited and given back. */
final class PlanFile {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private final Path file;

  PlanFile(Path file) {
    this.file = file;
  }

  void write(Plan plan) {
    try {
      Files.writeString(file, JSON.writeValueAsString(plan) + System.lineSeparator());
    } catch (IOException e) {
      throw new InvalidRequest("the plan cannot be written to " + file + "; name another file");
    }
  }

  Plan read() {
    try {
      return JSON.readValue(Files.readString(file), Plan.class);
    } catch (JsonProcessingException e) {
      throw new InvalidRequest(
          file
              + " holds no plan: it does not fit at line "
              + e.getLocation().getLineNr()
              + "; save one with plan --save, and edit that");
    } catch (IOException e) {
      throw new InvalidRequest(file + " cannot be read; save a plan there with plan --save");
    }
  }
}
