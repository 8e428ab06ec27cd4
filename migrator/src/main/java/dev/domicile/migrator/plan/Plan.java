package dev.domicile.migrator.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.TableName;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What moves, and how.
 *
 * @param tenant the tenant's client key
 * @param source the realm that the rows leave
 * @param target the realm that they go to
 * @param foreignKeysDeferred whether the copy may switch off the target's foreign-key triggers; the
 *     references are then checked by set after the copy
 * @param tables the tables in the order of the copy
 * @param shared tables that are left out because they belong to no tenant
 */
public record Plan(
    String tenant,
    String source,
    String target,
    boolean foreignKeysDeferred,
    List<TablePlan> tables,
    List<TableName> shared) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The plan of that table. */
  public TablePlan table(TableName name) {
    return tables.stream().filter(table -> table.name().equals(name)).findFirst().orElseThrow();
  }

  /** Whether rows of that table move. */
  public boolean moves(TableName name) {
    return tables.stream().anyMatch(table -> table.name().equals(name));
  }

  /**
   * How far each table is from one that refers to no other moved table; deleting the furthest first
   * never leaves a reference dangling. Tables in a circle come after all others.
   */
  public Map<TableName, Integer> referenceDepths() {
    Layers layers = references();
    Map<TableName, Integer> depths = new HashMap<>(layers.layers());
    layers.rest().forEach(name -> depths.put(name, tables.size()));
    return depths;
  }

  /**
   * Tables that refer to each other in a circle, or to such tables; self-references not counted.
   */
  public List<TableName> circle() {
    return references().rest();
  }

  private Layers references() {
    Map<TableName, Set<TableName>> needs = new HashMap<>();
    for (TablePlan table : tables) {
      needs.put(
          table.name(),
          table.references().stream()
              .map(ForeignKey::referenced)
              .filter(referenced -> moves(referenced) && !referenced.equals(table.name()))
              .collect(Collectors.toSet()));
    }
    return new Layers(needs);
  }

  /** How many waves there are. */
  public int waves() {
    return tables.stream().mapToInt(TablePlan::wave).max().orElse(-1) + 1;
  }

  /** A digest of all that the copy depends on; a plan with another one must not resume it. */
  public String fingerprint() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(toJson().getBytes(StandardCharsets.UTF_8));
      return String.format("%064x", new BigInteger(1, hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The plan as JSON, for the control database. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a plan can be written as JSON", e);
    }
  }

  /** Reads what {@link #toJson()} wrote. */
  public static Plan fromJson(String json) {
    try {
      return JSON.readValue(json, Plan.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the control database holds a plan that is none", e);
    }
  }
}
