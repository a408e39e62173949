/** Answers of a Raspberry Pi 5 to pmic_read_adc, and its firmware at the boundary of the system calls. */
import { type SystemCalls, systemError } from "../../host/linux/system-calls.ts";

/** Under full load (jfikar/RPi5-power, README): Σ V·I = 10.799894 W. */
export const LOADED = `
 3V7_WL_SW_A current(0)=0.00000000A
   3V3_SYS_A current(1)=0.06245952A
   1V8_SYS_A current(2)=0.16102850A
  DDR_VDD2_A current(3)=0.00780744A
  DDR_VDDQ_A current(4)=0.00000000A
   1V1_SYS_A current(5)=0.17566740A
    0V8_SW_A current(6)=0.32791250A
  VDD_CORE_A current(7)=10.87674000A
   3V3_DAC_A current(17)=0.00036630A
   3V3_ADC_A current(18)=0.00042735A
   0V8_AON_A current(16)=0.00579975A
      HDMI_A current(22)=0.01367520A
 3V7_WL_SW_V volt(8)=3.79999600V
   3V3_SYS_V volt(9)=3.30632200V
   1V8_SYS_V volt(10)=1.79828900V
  DDR_VDD2_V volt(11)=1.10292900V
  DDR_VDDQ_V volt(12)=0.60476130V
   1V1_SYS_V volt(13)=1.10439400V
    0V8_SW_V volt(14)=0.80256330V
  VDD_CORE_V volt(15)=0.89745940V
   3V3_DAC_V volt(20)=3.30494200V
   3V3_ADC_V volt(21)=3.30219400V
   0V8_AON_V volt(19)=0.79736190V
      HDMI_V volt(23)=5.07056000V
     EXT5V_V volt(24)=5.06788000V
      BATT_V volt(25)=3.01110800V
`.slice(1);

/** Near idle, a public capture: Σ V·I = 2.947977 W. */
export const IDLE = `
 3V7_WL_SW_A current(0)=0.10247270A
   3V3_SYS_A current(1)=0.10832820A
   1V8_SYS_A current(2)=0.15712470A
  DDR_VDD2_A current(3)=0.00585558A
  DDR_VDDQ_A current(4)=0.00000000A
   1V1_SYS_A current(5)=0.24105470A
    0V8_SW_A current(6)=0.31424950A
  VDD_CORE_A current(7)=1.42880000A
   3V3_DAC_A current(17)=0.00000000A
   3V3_ADC_A current(18)=0.00006105A
   0V8_AON_A current(16)=0.00354090A
      HDMI_A current(22)=0.02002440A
 3V7_WL_SW_V volt(8)=3.71091200V
   3V3_SYS_V volt(9)=3.30910500V
   1V8_SYS_V volt(10)=1.80073100V
  DDR_VDD2_V volt(11)=1.10439400V
  DDR_VDDQ_V volt(12)=0.60439500V
   1V1_SYS_V volt(13)=1.10805800V
    0V8_SW_V volt(14)=0.80402850V
  VDD_CORE_V volt(15)=0.90659250V
   3V3_DAC_V volt(20)=3.31135200V
   3V3_ADC_V volt(21)=3.31867800V
   0V8_AON_V volt(19)=0.79882700V
      HDMI_V volt(23)=5.07860000V
     EXT5V_V volt(24)=5.05716000V
      BATT_V volt(25)=0.00000000V
`.slice(1);

/** What a Raspberry Pi 4 says. */
export const NO_SENSING = 'error=1 error_msg="Command not registered"';

export class PmicFirmware {
  /** by command */
  readonly answers = new Map([
    ["pmic_read_adc", LOADED],
    ["get_throttled", "throttled=0x0"],
  ]);
  /** errno from now on */
  fails: number | null = null;
  /** what the firmware makes of the code and of the error */
  code = 0x8000_0000;
  error = 0;

  readonly calls: SystemCalls = {
    ioctl: (_fd, request, argument) => {
      const wanted = ["arm", "ia32"].includes(process.arch) ? 0xc004_6400 : 0xc008_6400;
      if (request !== wanted || typeof argument === "number") throw systemError("ioctl", 25);
      if (this.fails !== null) throw systemError("ioctl", this.fails);
      const view = new DataView(argument.buffer);
      const words = [0, 4, 8, 12, 16, 20].map((at) => view.getUint32(at, true));
      const expected = [argument.length, 0, 0x0003_0080, 4096, 0, 0];
      const end = view.getUint32(24 + 4096, true);
      if (String(words) !== String(expected) || end !== 0) throw systemError("ioctl", 22);
      const text = new TextDecoder().decode(argument.subarray(24, 24 + 4096));
      const answer = this.answers.get(text.slice(0, text.indexOf("\0"))) ?? NO_SENSING;
      argument.fill(0, 24).set(new TextEncoder().encode(answer), 24);
      view.setUint32(4, this.code, true);
      view.setUint32(20, this.error, true);
      return 0;
    },
  };
}
