package dev.domicile.migrator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The packages are layers: plan knows nothing of copy, copy nothing of cutover, none of the CLI.
 */
final class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.domicile");

  @Test
  void dependenciesRunOneWay() {
    never("dev.domicile.sql..", "dev.domicile.router..", "dev.domicile.migrator..");
    never("dev.domicile.router..", "dev.domicile.migrator..");
    never("..migrator.session..", "..migrator.plan..", "..migrator.copy..", "..migrator.cutover..");
    never("..migrator.schema..", "..migrator.plan..", "..migrator.copy..", "..migrator.cutover..");
    never("..migrator.plan..", "..migrator.copy..", "..migrator.cutover..", "..migrator.state..");
    never("..migrator.copy..", "..migrator.cutover..", "..migrator.state..");
    never("..migrator.cutover..", "..migrator.state..");
  }

  @Test
  void nothingDependsOnTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..migrator.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("..migrator.cli..")
        .check(classes);
  }

  @Test
  void theInnerPackagesHaveNoCycles() {
    slices().matching("dev.domicile.migrator.(*)..").should().beFreeOfCycles().check(classes);
  }

  private void never(String from, String... to) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(to)
        .check(classes);
  }
}
