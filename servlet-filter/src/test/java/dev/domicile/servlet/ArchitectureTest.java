package dev.domicile.servlet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The hooks know who calls and what a migrator offers; neither knows of the hooks. */
final class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.domicile");

  @Test
  void nothingDependsOnTheHooks() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..servlet.hooks..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("..servlet.hooks..")
        .check(classes);
  }

  @Test
  void onlyTheHooksKnowTheMigratorAndOnlyItsFrontDoor() {
    noClasses()
        .that()
        .resideInAPackage("dev.domicile.servlet")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.domicile.migrator..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("..servlet.hooks..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.domicile.migrator.(*)..", "dev.domicile.sql..")
        .check(classes);
  }
}
