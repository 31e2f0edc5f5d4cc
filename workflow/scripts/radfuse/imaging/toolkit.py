"""SimpleITK on one thread: a job has one core, and sums in another order have other last digits."""

import SimpleITK as sitk

sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
