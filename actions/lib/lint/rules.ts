import type { Rule } from './rule.ts';
import { addAptRepositoryMissing } from './rules/add-apt-repository-missing.ts';
import { aptInstallWithoutLists } from './rules/apt-install-without-lists.ts';
import { aptKeyRemoved } from './rules/apt-key-removed.ts';
import { aptPackageMissing } from './rules/apt-package-missing.ts';
import { archNotSupported } from './rules/arch-not-supported.ts';
import { archiveLeftInLayer } from './rules/archive-left-in-layer.ts';
import { argBeforeFrom } from './rules/arg-before-from.ts';
import { baseEndOfLife } from './rules/base-end-of-life.ts';
import { baseWithoutDigest } from './rules/base-without-digest.ts';
import { buildArgUndeclared } from './rules/build-arg-undeclared.ts';
import { buildArgUnused } from './rules/build-arg-unused.ts';
import { buildFileMissing } from './rules/build-file-missing.ts';
import { buildIsolation } from './rules/build-isolation.ts';
import { buildTargetMissing } from './rules/build-target-missing.ts';
import { busyboxOptionMissing } from './rules/busybox-option-missing.ts';
import { cacheLeftInLayer } from './rules/cache-left-in-layer.ts';
import { commandMissing } from './rules/command-missing.ts';
import { commandNotInImage } from './rules/command-not-in-image.ts';
import { compilerMissing } from './rules/compiler-missing.ts';
import { composeContextMoved } from './rules/compose-context-moved.ts';
import { composeReferenceMissing } from './rules/compose-reference-missing.ts';
import { condaActivateFails } from './rules/conda-activate-fails.ts';
import { contextLeak } from './rules/context-leak.ts';
import { continuationSwallows } from './rules/continuation-swallows.ts';
import { contradictingPins } from './rules/contradicting-pins.ts';
import { copyBeforeInstall } from './rules/copy-before-install.ts';
import { copySourceMissing } from './rules/copy-source-missing.ts';
import { cudaExtensionWithoutArchList } from './rules/cuda-extension-without-arch-list.ts';
import { cudaExtensionWithoutForceCuda } from './rules/cuda-extension-without-force-cuda.ts';
import { cudaLibraryPath } from './rules/cuda-library-path.ts';
import { debianFrontendPersisted } from './rules/debian-frontend-persisted.ts';
import { develImageShipped } from './rules/devel-image-shipped.ts';
import { downloadUnverified } from './rules/download-unverified.ts';
import { driverInImage } from './rules/driver-in-image.ts';
import { entrypointMissing } from './rules/entrypoint-missing.ts';
import { environmentUnread } from './rules/environment-unread.ts';
import { externallyManagedPython } from './rules/externally-managed-python.ts';
import { fileLostBetweenStages } from './rules/file-lost-between-stages.ts';
import { floatingDistribution } from './rules/floating-distribution.ts';
import { gitOutsideClone } from './rules/git-outside-clone.ts';
import { gitUnpinned } from './rules/git-unpinned.ts';
import { gpuAtBuild } from './rules/gpu-at-build.ts';
import { gpuRequestInvalid } from './rules/gpu-request-invalid.ts';
import { gpuReservationMissing } from './rules/gpu-reservation-missing.ts';
import { healthcheckProgramMissing } from './rules/healthcheck-program-missing.ts';
import { hubDownloadUnpinned } from './rules/hub-download-unpinned.ts';
import { ignorePatternWithoutEffect } from './rules/ignore-pattern-without-effect.ts';
import { imageTagNotMade } from './rules/image-tag-not-made.ts';
import { importNotInstalled } from './rules/import-not-installed.ts';
import { installOrder } from './rules/install-order.ts';
import { maskedVerification } from './rules/masked-verification.ts';
import { modelInImage } from './rules/model-in-image.ts';
import { ownerDoublesLayer } from './rules/owner-doubles-layer.ts';
import { pathOverwritten } from './rules/path-overwritten.ts';
import { pipNameWrong } from './rules/pip-name-wrong.ts';
import { portMismatch } from './rules/port-mismatch.ts';
import { pythonVersionMismatch } from './rules/python-version-mismatch.ts';
import { runsAsRoot } from './rules/runs-as-root.ts';
import { scriptNotExecutable } from './rules/script-not-executable.ts';
import { secretInImage } from './rules/secret-in-image.ts';
import { secretMountCopied } from './rules/secret-mount-copied.ts';
import { sharedLibraryMissing } from './rules/shared-library-missing.ts';
import { shellFeatureWithoutBash } from './rules/shell-feature-without-bash.ts';
import { shellStateLost } from './rules/shell-state-lost.ts';
import { subcommandUnknown } from './rules/subcommand-unknown.ts';
import { torchFamilyMismatch } from './rules/torch-family-mismatch.ts';
import { torchFromWrongIndex } from './rules/torch-from-wrong-index.ts';
import { torchReplaced } from './rules/torch-replaced.ts';
import { uncheckedSequence } from './rules/unchecked-sequence.ts';
import { unquotedSpecifier } from './rules/unquoted-specifier.ts';
import { usedBeforeCopy } from './rules/used-before-copy.ts';
import { userCannotInstall } from './rules/user-cannot-install.ts';
import { variableNeverSet } from './rules/variable-never-set.ts';
import { visibleDevicesFixed } from './rules/visible-devices-fixed.ts';
import { wheelCudaMismatch } from './rules/wheel-cuda-mismatch.ts';
import { wheelMissing } from './rules/wheel-missing.ts';
import { wrongPackageManager } from './rules/wrong-package-manager.ts';

/** Every rule, in the order of their ids; written by `scripts/lint-rules.ts`. */
// biome-ignore format: one line each
export const RULES: readonly Rule[] = [
  addAptRepositoryMissing,
  aptInstallWithoutLists,
  aptKeyRemoved,
  aptPackageMissing,
  archNotSupported,
  archiveLeftInLayer,
  argBeforeFrom,
  baseEndOfLife,
  baseWithoutDigest,
  buildArgUndeclared,
  buildArgUnused,
  buildFileMissing,
  buildIsolation,
  buildTargetMissing,
  busyboxOptionMissing,
  cacheLeftInLayer,
  commandMissing,
  commandNotInImage,
  compilerMissing,
  composeContextMoved,
  composeReferenceMissing,
  condaActivateFails,
  contextLeak,
  continuationSwallows,
  contradictingPins,
  copyBeforeInstall,
  copySourceMissing,
  cudaExtensionWithoutArchList,
  cudaExtensionWithoutForceCuda,
  cudaLibraryPath,
  debianFrontendPersisted,
  develImageShipped,
  downloadUnverified,
  driverInImage,
  entrypointMissing,
  environmentUnread,
  externallyManagedPython,
  fileLostBetweenStages,
  floatingDistribution,
  gitOutsideClone,
  gitUnpinned,
  gpuAtBuild,
  gpuRequestInvalid,
  gpuReservationMissing,
  healthcheckProgramMissing,
  hubDownloadUnpinned,
  ignorePatternWithoutEffect,
  imageTagNotMade,
  importNotInstalled,
  installOrder,
  maskedVerification,
  modelInImage,
  ownerDoublesLayer,
  pathOverwritten,
  pipNameWrong,
  portMismatch,
  pythonVersionMismatch,
  runsAsRoot,
  scriptNotExecutable,
  secretInImage,
  secretMountCopied,
  sharedLibraryMissing,
  shellFeatureWithoutBash,
  shellStateLost,
  subcommandUnknown,
  torchFamilyMismatch,
  torchFromWrongIndex,
  torchReplaced,
  uncheckedSequence,
  unquotedSpecifier,
  usedBeforeCopy,
  userCannotInstall,
  variableNeverSet,
  visibleDevicesFixed,
  wheelCudaMismatch,
  wheelMissing,
  wrongPackageManager,
];
