package dev.domicile.migrator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.domicile.migrator.MigratorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.text.StringSubstitutor;

/**
 * Reads the configuration from YAML. {@code ${NAME}} in a value stands for the environment variable
 * of that name, so that passwords need not be in the file.
 */
final class ConfigFile {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .addModule(new JavaTimeModule())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private final Path file;
  private final StringSubstitutor environment;

  ConfigFile(Path file, Map<String, String> environment) {
    this.file = file;
    this.environment =
        new StringSubstitutor(environment)
            .setEnableUndefinedVariableException(true)
            .setDisableSubstitutionInValues(true);
  }

  /**
   * Reads and checks the file.
   *
   * @throws ConfigurationException if it is missing or does not fit
   */
  MigratorConfig load() {
    JsonNode tree = parse();
    if (!tree.isObject()) {
      throw wrong("is empty or no mapping; expected the keys control and realms");
    }
    try {
      return YAML.treeToValue(substitute(tree, ""), MigratorConfig.class);
    } catch (JsonMappingException e) {
      throw wrong(describe(e));
    } catch (JsonProcessingException e) {
      throw wrong("cannot be read");
    }
  }

  private JsonNode parse() {
    if (!Files.isRegularFile(file)) {
      throw wrong("is not there; name the file with --config, or write one (see domicile help)");
    }
    try {
      return YAML.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the lines around, where a password may be.
      throw wrong(
          "is not valid YAML at line "
              + e.getLocation().getLineNr()
              + ", column "
              + e.getLocation().getColumnNr());
    } catch (IOException e) {
      throw wrong("cannot be read; check its permissions");
    }
  }

  private JsonNode substitute(JsonNode node, String path) {
    if (node instanceof ObjectNode object) {
      object
          .properties()
          .forEach(e -> e.setValue(substitute(e.getValue(), join(path, e.getKey()))));
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, substitute(array.get(i), path + "[" + i + "]"));
      }
    } else if (node instanceof TextNode text) {
      try {
        return new TextNode(environment.replace(text.textValue()));
      } catch (IllegalArgumentException e) {
        throw wrong(path + " names an environment variable that is not set");
      }
    }
    return node;
  }

  private static String describe(JsonMappingException e) {
    String path = path(e.getPath());
    if (e instanceof UnrecognizedPropertyException unknown) {
      return path
          + " is not a setting; expected one of "
          + unknown.getKnownPropertyIds().stream()
              .map(String::valueOf)
              .sorted()
              .collect(Collectors.joining(", "));
    }
    if (e.getCause() instanceof NullPointerException) {
      return path + " holds an empty value; give one or remove it";
    }
    if (e.getCause() instanceof IllegalArgumentException cause) {
      return path.isEmpty() ? String.valueOf(cause.getMessage()) : path + ": " + cause.getMessage();
    }
    if (e instanceof InvalidFormatException format) {
      return path + " is '" + value(path, format) + "', expected " + expected(format);
    }
    if (e instanceof MismatchedInputException mismatch) {
      return path + " has another form, expected " + expected(mismatch);
    }
    return path + " does not fit";
  }

  private static Object value(String path, InvalidFormatException format) {
    return path.toLowerCase(Locale.ROOT).contains("password") ? "..." : format.getValue();
  }

  private static String expected(MismatchedInputException e) {
    String type = e.getTargetType() == null ? "" : e.getTargetType().getSimpleName();
    return switch (type) {
      case "Integer", "Long", "int", "long" -> "a whole number";
      case "Duration" -> "a duration such as PT30S or P30D";
      case "List" -> "a list";
      case "Map" -> "a mapping";
      case "String" -> "a text";
      case "IdPolicy" -> "preserve or offset";
      case "Capture" -> "triggers, logical or auto";
      case "Realm" -> "a realm's name in capital letters, such as EU";
      default -> "a mapping with its own keys";
    };
  }

  private static String path(List<Reference> references) {
    String path = "";
    for (Reference reference : references) {
      path =
          reference.getFieldName() == null
              ? path + "[" + reference.getIndex() + "]"
              : join(path, reference.getFieldName());
    }
    return path;
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private ConfigurationException wrong(String problem) {
    return new ConfigurationException("configuration " + file + ": " + problem);
  }
}
